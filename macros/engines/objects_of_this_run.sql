{# Adds to the lines that arrivals reads one row for each object of the hours that it reads, so that the ledger counts those
   without a line too, and names those that cannot be read.

   Arguments
       none; the select before it must have the columns dt, hour, object_name and object_state

   Example
       select *, cast(null as varchar) as object_state from {{ source('bronze', 'events') }} {{ objects_of_this_run() }}
   renders to, on DuckDB
       select ... union all by name select ... from (select unnest(chosen_objects(), recursive := true))
   and to nothing on Athena, which does not say what it could not read.

   object_state is NULL on a line. On the row of an object it is `readable`, the reason why it is not, or `gone`, for an
   hour that held nothing but unreadable objects and holds none now. #}
{% macro objects_of_this_run() %}
    {{ return('' if is_defining() else adapter.dispatch('objects_of_this_run')()) }}
{% endmacro %}

{% macro default__objects_of_this_run() %}{% endmacro %}

{% macro duckdb__objects_of_this_run() %}
    union all by name
    select
        split_part(arrival_hour, ' ', 1) as dt,
        split_part(arrival_hour, ' ', 2) as hour,
        object_name,
        object_state
    from (select unnest(chosen_objects(), recursive := true))
{% endmacro %}
