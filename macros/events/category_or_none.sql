{# A category to group by: a key of a merge must not be NULL, or the row is inserted again at every run. #}
{% macro category_or_none() -%}
    coalesce(category, '(none)')
{%- endmacro %}
