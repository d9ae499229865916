{# The amount of one cart or order line: its total where the event gives one, because 10.00 for 3 has no exact price;
   else price times pieces, one piece if the tracker sends no quantity. arrivals rejects lines of 10^12 or more. Override
   this macro to change what revenue means.

   Arguments
       price, quantity, line_total: SQL expressions; the defaults are the columns of these names

   Example
       {{ line_amount() }} as amount
   renders to
       cast(coalesce(line_total, price * coalesce(quantity, 1)) as decimal(18, 4)) as amount #}
{% macro line_amount(price='price', quantity='quantity', line_total='line_total') -%}
    cast(coalesce({{ line_total }}, {{ price }} * coalesce({{ quantity }}, 1)) as decimal(18, 4))
{%- endmacro %}
