{# in_touched_dates() for a table of months: true for the rows of every month that has a touched date, whole months.

   Arguments
       column: a date, or the first day of a month

   Example
       select * from {{ ref('product_days') }} where {{ in_touched_months() }}
   renders to, on a first build
       select * from "warehouse"."shoplake_silver"."product_days" where true
   and later, on DuckDB and on Athena
       ... where date_trunc('month', event_date) in (
           select date_trunc('month', dates.event_date) from "warehouse"."shoplake_silver"."touched_dates" as dates
       )
       ... where (event_date between date '2026-03-01' and date '2026-03-31') #}
{% macro in_touched_months(column='event_date') %}
    {%- if is_defining() -%}{{ return('true') }}{%- endif -%}
    {%- set touched = ref('touched_dates') -%}
    {{ return(among_months_of(touched, column) if is_incremental() and not is_deferred(touched) else 'true') }}
{% endmacro %}
