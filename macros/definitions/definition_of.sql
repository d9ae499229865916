{# What a full refresh of a model would compute, as {'hash': ..., 'parents': [unique ids]}: its SQL as dbt renders it then,
   comments and white space aside, its key, its post-hooks, and where it finds sources of yours. Macros, variables and the
   contract's fields are in it as far as they change the SQL, so a macro that is only written differently changes nothing.
   The models that it reads are named, not located: a definition is the same in every schema.
   dbt renders SQL that asks the warehouse or its own config only in the model's own context, so the definition of such a
   model is its source, that of the project's macros that it uses, and the variables and settings that they name. A model can
   ask for that: config(meta={'definition': 'source'}). #}
{% macro definition_of(node) %}
    {%- if node.resource_type == 'seed' -%}{{ return({'hash': hash_of_seed(node), 'parents': []}) }}{%- endif -%}
    {%- set is_rendered = node.language == 'sql' and node.config.meta.get('definition') != 'source' and not asks_the_warehouse(node) -%}
    {%- set tokens = tokens_of(rendered_as_full_refresh(node) if is_rendered else source_of(node)) -%}
    {%- do tokens.extend(tokens_of(post_hooks_of(node)) + places_of_sources(node)) -%}
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

{# dbt does not read a seed of more than 1 MB to tell whether it changed, so such a seed counts as changed whenever it is
   loaded. #}
{% macro hash_of_seed(node) %}
    {%- if node.checksum.name == 'path' -%}{{ return(invocation_id) }}{%- endif -%}
    {%- set settings = [node.checksum.checksum, post_hooks_of(node)] -%}
    {%- for name in ['column_types', 'delimiter', 'quote_columns'] -%}
        {%- do settings.append(node.config.get(name) | string) -%}
    {%- endfor -%}
    {{ return(local_md5(settings | join(' '))) }}
{% endmacro %}

{# What runs on the rows of a table after it was built: the source of its post-hooks. #}
{% macro post_hooks_of(node) %}
    {{ return(source_of_text(node.config.get('post-hook', []) | map(attribute='sql') | join('\n'))) }}
{% endmacro %}

{# Where a model finds sources other than bronze, as words. Bronze is the same history wherever it is. #}
{% macro places_of_sources(node) %}
    {%- set places = [] -%}
    {%- for id in node.depends_on.nodes if id in graph.sources and id != 'source.' ~ project_name ~ '.bronze.events' -%}
        {%- set source = graph.sources[id] -%}
        {%- do places.append([source.schema, source.identifier, tojson(source.source_meta), tojson(source.meta)] | join(' ')) -%}
    {%- endfor -%}
    {{ return(places) }}
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
