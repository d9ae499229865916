{# A fraction as double, NULL where the base is 0: a product that nobody saw has no rate, not a rate of 0. #}
{% macro rate(part, base) -%}
    cast({{ part }} as double) / nullif({{ base }}, 0)
{%- endmacro %}
