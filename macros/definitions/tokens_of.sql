{# The words and signs of SQL, without comments and white space. Texts and quoted names are one word. #}
{% macro tokens_of(sql) %}
    {#- a comment matches outside of the group, so its group is empty -#}
    {%- set pattern = "--[^\\n]*|/\\*[\\s\\S]*?\\*/|('(?:[^']|'')*'|\"[^\"]*\"|\\w+|[^\\s\\w])" -%}
    {{ return(modules.re.findall(pattern, sql) | select | list) }}
{% endmacro %}
