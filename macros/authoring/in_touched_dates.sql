{# True for the rows that a run computes again: those of the event dates that arrived. True for every row on a first
   build, on a full refresh, for a table whose definition changed or that went stale while its model was away, and with
   touched dates of another schema (--defer), which know nothing of this one.

   Arguments
       none; the model must have a column event_date where it is called

   Example
       select * from {{ ref('events') }} where {{ in_touched_dates() }}
   renders to, on a first build
       select * from "warehouse"."shoplake_silver"."events" where true
   and later, on DuckDB and on Athena
       ... where event_date in (select dates.event_date from "warehouse"."shoplake_silver"."touched_dates" as dates)
       ... where event_date in (date '2026-03-10', date '2026-03-11')

   ref() is before the `if`, because while dbt parses, is_incremental() is false, and a ref inside would be missing
   from the graph. #}
{% macro in_touched_dates() %}
    {%- if is_defining() -%}{{ return('true') }}{%- endif -%}
    {%- set touched = ref('touched_dates') -%}
    {%- if is_incremental() and not is_deferred(touched) -%}
        {{ among_dates_of(touched) }}
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}
