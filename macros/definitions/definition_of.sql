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

{# Whether a model, or a macro that somebody added, sends queries, calls ref(), reads its config, or calls a macro of another
   package, which may do so, while it is rendered. #}
{% macro asks_the_warehouse(node) %}
    {%- set question = '\\b(run_query|statement|load_result|load_relation|get_column_values|adapter)\\b|\\b(config\\.(get|require)|model\\.)|\\b(ref|source)\\([^)]*\\)\\s*\\.' -%}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node) if macro.folder == 'events' or macro.folder not in folders_of_shoplake() -%}
        {#- a macro is rendered in its own context, where ref() is dbt's -#}
        {%- do texts.append(macro.text | replace('ref(', 'run_query(') | replace('source(', 'run_query(')) -%}
    {%- endfor -%}
    {%- set text = texts | join('\n') -%}
    {%- for prefix in modules.re.findall('(\\w+)\\.\\w+\\(', text) | unique
        if context.get(prefix) and prefix not in ['api', 'dbt', 'exceptions', 'flags', 'modules', 'target', project_name] -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(modules.re.search(question, text) is not none) }}
{% endmacro %}

{% macro source_of(node) %}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node) | sort(attribute='name') -%}{%- do texts.append(macro.text) -%}{%- endfor -%}
    {%- for name in modules.re.findall("var\\(\\s*['\"]([^'\"]+)", texts | join('\n')) | unique | sort -%}
        {%- do texts.append(name ~ ' ' ~ var(name, none)) -%}
    {%- endfor -%}
    {{ return(modules.re.sub('\\{#[\\s\\S]*?#\\}', ' ', texts | join('\n'))) }}
{% endmacro %}

{# The project's macros that a model names, directly or not, except those that only decide which dates a run computes. dbt's
   own list (depends_on) lacks what stands behind `if execute`. #}
{% macro macros_of(node) %}
    {%- set found = [] -%}
    {%- set names = names_of_calls(node.raw_code) -%}
    {#- Jinja has no while, and a list that grows while it is read does the same -#}
    {%- for name in names if context.get(name).macro is defined and context.get(name).macro.package_name == project_name -%}
        {%- set macro = context.get(name).macro -%}
        {%- set folder = (macro.original_file_path | replace('\\', '/')).split('/')[1] -%}
        {%- if name not in found | map(attribute='name') and folder not in ['authoring', 'definitions', 'guards', 'run_state'] -%}
            {%- do found.append({'name': name, 'folder': folder, 'text': macro.macro_sql}) -%}
            {%- do names.extend(names_of_calls(macro.macro_sql)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{% macro names_of_calls(text) %}
    {%- set names = modules.re.findall('(\\w+)\\s*\\(', text) -%}
    {%- for name in modules.re.findall("dispatch\\(\\s*['\"](\\w+)", text) -%}
        {%- do names.extend([adapter.type() ~ '__' ~ name, 'default__' ~ name]) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{% macro folders_of_shoplake() %}
    {{ return(['authoring', 'definitions', 'engines', 'events', 'guards', 'helpers', 'operations', 'run_state']) }}
{% endmacro %}

{# The words and signs of SQL, without comments and white space. Texts and quoted names are one word. #}
{% macro tokens_of(sql) %}
    {%- set pattern = "'(?:[^']|'')*'|\"[^\"]*\"|--[^\\n]*|/\\*[\\s\\S]*?\\*/|\\w+|[^\\s\\w]" -%}
    {%- set tokens = [] -%}
    {%- for token in modules.re.findall(pattern, sql) if not token.startswith(('--', '/*')) -%}
        {%- do tokens.append(token) -%}
    {%- endfor -%}
    {{ return(tokens) }}
{% endmacro %}
