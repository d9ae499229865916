{# The words and signs of SQL, without comments and white space. Texts and quoted names are one word. #}
{% macro tokens_of(sql) %}
    {%- set pattern = "'(?:[^']|'')*'|\"[^\"]*\"|--[^\\n]*|/\\*[\\s\\S]*?\\*/|\\w+|[^\\s\\w]" -%}
    {%- set tokens = [] -%}
    {%- for token in modules.re.findall(pattern, sql) if not token.startswith(('--', '/*')) -%}
        {%- do tokens.append(token) -%}
    {%- endfor -%}
    {{ return(tokens) }}
{% endmacro %}
