{# Who did it, as well as an event can say: the account, else the browser, else the keyed hash of the address.
   NULL for an event that says nothing. Override it to count people another way. #}
{% macro visitor() -%}
    coalesce(user_id, anonymous_id, visitor_hash)
{%- endmacro %}
