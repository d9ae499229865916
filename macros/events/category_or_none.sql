{# The category to group by. It is never NULL, because a merge would insert a row with NULL in its key again at every run.

   Arguments
       none; reads the column category

   Example
       {{ category_or_none() }} as category
   renders to
       coalesce(category, '(none)') as category #}
{% macro category_or_none() -%}
    coalesce(category, '(none)')
{%- endmacro %}
