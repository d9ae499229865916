{# True for the events whose stored copy arrived with this run, and for no event that arrived before its first arrival hour.
   For a model with one row for each event: no other event can have changed. It stands beside in_touched_dates(), and is
   true for every row where that is. A model of groups needs all events of the touched dates.

   Arguments
       none; the model must have a column arrival_hour where it is called

   Example
       select * from {{ ref('events') }} where {{ in_touched_dates() }} and {{ in_touched_hours() }}
   renders to, on a first build
       ... where true and true
   and later, on DuckDB and on Athena
       ... and arrival_hour >= (select min(dates.first_arrival_hour) from "warehouse"."shoplake_silver"."touched_dates" as dates)
       ... and arrival_hour >= timestamp '2026-03-10 06:00:00'

   Iceberg keeps the smallest and the largest arrival hour of each data file, so on Athena a run opens only the files that it
   wrote itself, and those of runs that read the same hours. #}
{% macro in_touched_hours() %}
    {%- if is_defining() -%}{{ return('true') }}{%- endif -%}
    {%- set touched = ref('touched_dates') -%}
    {{ return(since_first_hour_of(touched) if is_incremental() and not is_deferred(touched) else 'true') }}
{% endmacro %}
