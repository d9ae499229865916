{# Whether a model, or a macro that somebody added, sends queries, calls ref() or is_incremental(), reads its config or its own
   table, or calls a macro of another package, which may do so, while it is rendered. #}
{% macro asks_the_warehouse(node) %}
    {%- set question = '\\b(run_query|statement|load_result|load_relation|get_column_values|adapter)\\b|\\b(config|model)(\\.\\w|\\[)|\\b(ref|source)\\([^)]*\\)\\s*\\.' -%}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node.raw_code) if is_of_users(macro) -%}
        {#- a macro is rendered in its own context, where these are dbt's -#}
        {%- set code = without_comments(macro.macro_sql) -%}
        {%- do texts.append(modules.re.sub('\\b(ref|source|is_incremental|this)\\b', 'run_query', code)) -%}
    {%- endfor -%}
    {%- set text = texts | join('\n') -%}
    {%- for prefix in modules.re.findall('(\\w+)\\.\\w+\\(', text) | unique
        if context.get(prefix) and prefix not in ['api', 'dbt', 'exceptions', 'flags', 'modules', 'target', project_name] -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(modules.re.search(question, text) is not none) }}
{% endmacro %}

{# Whether somebody may have written or changed the macro: it is none of dbt's, nor of those that keep the guarantee. #}
{% macro is_of_users(macro) %}
    {%- set ours = ['authoring', 'definitions', 'engines', 'guards', 'helpers', 'operations', 'run_state'] -%}
    {{ return(
        macro.package_name not in ['dbt', 'dbt_' ~ adapter.type()]
        and not (macro.package_name == project_name and folder_of_macro(macro) in ours)
    ) }}
{% endmacro %}

{# The folder in macros/ in which a macro stands. #}
{% macro folder_of_macro(macro) %}{{ return((macro.original_file_path | replace('\\', '/')).split('/')[1]) }}{% endmacro %}
