{# An aggregate: the names of the unreadable objects in a group of rows from arrivals, as a JSON list, sorted; NULL if there are
   none.

   Arguments
       none; the rows must have the columns object_name and object_state

   Example
       select arrival_hour, {{ unreadable_names() }} as unreadable_objects from {{ ref('arrivals') }} group by 1
   renders to, on DuckDB
       cast(to_json(list(object_name order by object_name) filter (...)) as varchar)
   and on Athena, which does not say what it could not read
       cast(null as varchar) #}
{% macro unreadable_names() %}{{ return(adapter.dispatch('unreadable_names')()) }}{% endmacro %}

{% macro default__unreadable_names() %}cast(null as varchar){% endmacro %}

{% macro duckdb__unreadable_names() -%}
    cast(to_json(
            list(object_name order by object_name) filter (where object_state not in ('readable', 'gone'))
        ) as varchar)
{%- endmacro %}
