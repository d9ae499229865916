{# A fraction as double, NULL if the base is 0: a product that nobody viewed has no rate, not a rate of 0.

   Arguments
       part, base: SQL expressions of numbers

   Example
       {{ rate('purchase_count', 'view_count') }} as view_to_purchase_rate
   renders to
       cast(purchase_count as double) / nullif(view_count, 0) as view_to_purchase_rate #}
{% macro rate(part, base) -%}
    cast({{ part }} as double) / nullif({{ base }}, 0)
{%- endmacro %}
