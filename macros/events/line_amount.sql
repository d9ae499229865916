{# The amount of one cart or order line. If the tracker sends no quantity, it is one piece. arrivals rejects lines
   of 10^12 or more. Override this macro to change what revenue means.

   Arguments
       price, quantity: SQL expressions; the defaults are the columns of these names

   Example
       {{ line_amount() }} as amount
   renders to
       cast(price * coalesce(quantity, 1) as decimal(18, 4)) as amount #}
{% macro line_amount(price='price', quantity='quantity') -%}
    cast({{ price }} * coalesce({{ quantity }}, 1) as decimal(18, 4))
{%- endmacro %}
