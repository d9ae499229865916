{# What a full refresh of a model would compute, as {'hash': ..., 'parents': [unique ids]}: its SQL as dbt renders it then,
   comments and white space aside, and its key. Macros, variables and the contract's fields are in it as far as they
   change the SQL, so a macro that is only written differently changes nothing.
   The models that it reads are named, not located: a definition is the same in every schema.
   dbt renders SQL that asks the warehouse or its own config only in the model's own context, so the definition of such a
   model is its source, that of the project's macros that it uses, and the variables that they name. A model can ask for
   that: config(meta={'definition': 'source'}). #}
{% macro definition_of(node) %}
    {%- if node.resource_type == 'seed' -%}{{ return({'hash': node.checksum.checksum, 'parents': []}) }}{%- endif -%}
    {%- set is_rendered = node.language == 'sql' and node.config.meta.get('definition') != 'source' and not asks_the_warehouse(node) -%}
    {%- set tokens = tokens_of(rendered_as_full_refresh(node) if is_rendered else source_of(node)) -%}
    {%- set parents = [] -%}
    {%- for id in node.depends_on.nodes if graph.nodes.get(id, {}).resource_type in ['model', 'seed'] -%}
        {%- if not is_rendered or '"ref:' ~ graph.nodes[id].name ~ '"' in tokens -%}{%- do parents.append(id) -%}{%- endif -%}
    {%- endfor -%}
    {#- what reads arrivals cannot be computed from its other parents, and the ledger follows them by itself -#}
    {%- set arrivals = 'model.' ~ project_name ~ '.arrivals' -%}
    {{ return({
        'hash': local_md5((tokens + [node.config.get('unique_key') | string]) | join(' ')),
        'parents': [arrivals] if arrivals in parents else parents,
    }) }}
{% endmacro %}

{% macro rendered_as_full_refresh(node) %}
    {%- set notes = notes_of_this_run() -%}
    {%- do notes.update({'is_defining': true}) -%}
    {%- set text = render(
        '{% set ref = named_ref %}{% set source = named_source %}{% set is_incremental = never %}' ~ node.raw_code
    ) -%}
    {%- do notes.update({'is_defining': false}) -%}
    {{ return(text) }}
{% endmacro %}

{# The macros that stand in for dbt's while a definition is rendered. #}
{% macro named_ref(package, name=none, version=none, v=none) %}{{ return('"ref:' ~ (name or package) ~ '"') }}{% endmacro %}

{% macro named_source(name, table) %}{{ return('"source:' ~ name ~ '.' ~ table ~ '"') }}{% endmacro %}

{% macro never() %}{{ return(false) }}{% endmacro %}

{# Whether a definition is being rendered: macros then answer for a full refresh, and send no query. #}
{% macro is_defining() %}{{ return(execute and notes_of_this_run().is_defining) }}{% endmacro %}
