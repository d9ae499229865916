{# Who did it, as far as the event says: the account, else the browser, else the keyed hash of the IP address. NULL for an
   event that does not say. Override this macro to count people in another way.

   Arguments
       none; reads the columns user_id, anonymous_id and visitor_hash

   Example
       count(distinct {{ visitor() }}) as unique_users
   renders to
       count(distinct coalesce(user_id, anonymous_id, visitor_hash)) as unique_users #}
{% macro visitor() -%}
    coalesce(user_id, anonymous_id, visitor_hash)
{%- endmacro %}
