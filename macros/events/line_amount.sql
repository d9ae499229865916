{# What one line of a cart or an order is worth. A tracker that sends no quantity means one piece.
   The judge of arrivals keeps it below 10^12. Override it to change what revenue means. #}
{% macro line_amount(price='price', quantity='quantity') -%}
    cast({{ price }} * coalesce({{ quantity }}, 1) as decimal(18, 4))
{%- endmacro %}
