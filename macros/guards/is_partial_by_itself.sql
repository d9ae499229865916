{# Whether an incremental model computes a part of its rows that in_touched_dates() does not choose. What reads arrivals is
   partial by what arrived. #}
{% macro is_partial_by_itself(node) %}
    {%- if asks_for_touched(node.raw_code) or 'model.' ~ project_name ~ '.arrivals' in node.depends_on.nodes -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node.raw_code) -%}{%- do texts.append(macro.macro_sql) -%}{%- endfor -%}
    {%- set text = without_comments(texts | join('\n')) -%}
    {{ return('is_incremental' in text and not asks_for_touched(text)) }}
{% endmacro %}

{% macro asks_for_touched(text) %}
    {{ return('in_touched_dates' in text or 'in_touched_months' in text) }}
{% endmacro %}
