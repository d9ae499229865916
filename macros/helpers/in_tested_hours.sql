{# The arrival hours at which a data test looks: those since the first in which this run found an event; every hour with
   --vars 'test_all_dates: true', as the nightly build of the stack does. For tests that read tables by arrival hour.

   Arguments
       none; the tested table must have a column arrival_hour

   Example
       select arrival_hour from {{ ref('loads') }} where {{ in_tested_hours() }}
   renders to, on Athena
       ... where arrival_hour >= timestamp '2026-03-10 06:00:00' #}
{% macro in_tested_hours() %}
    {%- set touched = ref('touched_dates') -%}
    {{ return('true' if var('test_all_dates') else since_first_hour_of(touched)) }}
{% endmacro %}
