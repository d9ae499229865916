{# The source of a model and of the project's macros that it names, with the values of the variables in them, and of the
   settings of the model that they name, which may stand in YAML. #}
{% macro source_of(node) %}
    {%- set text = source_of_text(node.raw_code) -%}
    {%- set settings = [] -%}
    {%- for word in modules.re.findall('\\w+', text) | unique | sort -%}
        {%- if word in ['columns', 'description'] -%}{%- do settings.append(tojson(node[word])) -%}
        {%- elif word in node.config -%}{%- do settings.append(word ~ ' ' ~ node.config[word]) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(text ~ '\n' ~ settings | join('\n')) }}
{% endmacro %}

{% macro source_of_text(text) %}
    {%- set texts = [text] -%}
    {%- for macro in macros_of(text) | sort(attribute='name') -%}{%- do texts.append(macro.macro_sql) -%}{%- endfor -%}
    {%- do texts.extend(macros_of_packages(texts | join('\n'))) -%}
    {%- for kind, name in modules.re.findall("(\\w*)var\\s*\\(\\s*['\"]([^'\"]+)", texts | join('\n')) | unique | sort -%}
        {%- do texts.append(name ~ ' ' ~ (env_var(name, '') if kind == 'env_' else var(name, none))) -%}
    {%- endfor -%}
    {{ return(without_comments(texts | join('\n'))) }}
{% endmacro %}

{# The project's macros that a text names, directly or not, except those that only decide which dates a run computes. dbt's
   own list (depends_on) lacks what stands behind `if execute`. #}
{% macro macros_of(text) %}
    {%- set found = [] -%}
    {%- set names = names_in(text) -%}
    {#- Jinja has no while, and a list that grows while it is read does the same -#}
    {%- for name in names if context.get(name).macro is defined and context.get(name).macro.package_name == project_name -%}
        {%- set macro = context.get(name).macro -%}
        {%- if macro not in found and folder_of_macro(macro) not in ['authoring', 'definitions', 'guards', 'run_state'] -%}
            {%- do found.append(macro) -%}
            {%- do names.extend(names_in(macro.macro_sql)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{# The source of all macros of the packages that a text calls, because those call each other. #}
{% macro macros_of_packages(text) %}
    {%- set texts = [] -%}
    {%- for prefix in modules.re.findall('(\\w+)\\.\\w+\\s*\\(', text) | unique | sort
        if context.get(prefix) is mapping and prefix not in ['dbt', 'dbt_' ~ adapter.type(), 'graph', 'model', project_name] -%}
        {%- for name, macro in context[prefix] | dictsort if macro.macro is defined -%}{%- do texts.append(macro.macro.macro_sql) -%}{%- endfor -%}
    {%- endfor -%}
    {{ return(texts) }}
{% endmacro %}

{# The names in the Jinja of a text, because a macro may be passed on as a value, and what dispatch may make of those in
   quotes. #}
{% macro names_in(text) %}
    {%- set code = modules.re.findall('\\{[{%][\\s\\S]*?[%}]\\}', without_comments(text)) | join('\n') -%}
    {%- set names = modules.re.findall('\\w+', modules.re.sub('"[^"\\n]*"|\'[^\'\\n]*\'', ' ', code)) | unique | list -%}
    {%- if 'dispatch' in names -%}
        {%- for name in modules.re.findall('[\'"](\\w+)[\'"]', code) | unique -%}
            {%- do names.extend([adapter.type() ~ '__' ~ name, 'default__' ~ name]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{% endmacro %}

{% macro without_comments(text) %}{{ return(modules.re.sub('\\{#[\\s\\S]*?#\\}', ' ', text)) }}{% endmacro %}

{% macro names_of_calls(text) %}
    {%- set names = modules.re.findall('(\\w+)\\s*\\(', text) -%}
    {%- for name in modules.re.findall("dispatch\\(\\s*['\"](\\w+)", text) -%}
        {%- do names.extend([adapter.type() ~ '__' ~ name, 'default__' ~ name]) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
