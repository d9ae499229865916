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

{% macro folders_of_shoplake() %}
    {{ return(['authoring', 'definitions', 'engines', 'events', 'guards', 'helpers', 'operations', 'run_state']) }}
{% endmacro %}
