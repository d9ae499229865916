{# True for the rows that a run computes again: those of the event dates that arrived. True for every row on a first
   build, on a full refresh, and for a table that went stale while its model was away.

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
    {%- set touched = ref('touched_dates') -%}
    {%- if is_incremental() and this.schema ~ '.' ~ this.identifier not in recall('stale_tables') -%}
        {{ among_dates_of(touched) }}
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}
