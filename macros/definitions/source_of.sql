{# The source of a model and of the macros that it names, with the values of the variables in them. #}
{% macro source_of(node) %}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node) | sort(attribute='name') -%}{%- do texts.append(macro.macro_sql) -%}{%- endfor -%}
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
        {%- if macro not in found and folder_of_macro(macro) not in ['authoring', 'definitions', 'guards', 'run_state'] -%}
            {%- do found.append(macro) -%}
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
