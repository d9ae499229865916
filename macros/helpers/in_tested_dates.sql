{# The dates at which a data test looks: those that this run computed, because it changed no other; every date with
   --vars 'test_all_dates: true', as the nightly build of the stack does. For tests that read tables by event date.

   Arguments
       none; the tested table must have a column event_date

   Example
       select event_date from {{ ref('hourly_revenue') }} where {{ in_tested_dates() }}
   renders to, on Athena
       ... where event_date in (date '2026-03-10', date '2026-03-11') #}
{% macro in_tested_dates() %}
    {%- set touched = ref('touched_dates') -%}
    {{ return('true' if var('test_all_dates') else among_dates_of(touched)) }}
{% endmacro %}
