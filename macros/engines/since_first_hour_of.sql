{# Whether arrival_hour is at or after the first arrival hour of the touched dates.

   Arguments
       relation: touched_dates, or a table like it

   Example
       where {{ since_first_hour_of(ref('touched_dates')) }}
   renders to, on DuckDB and on Athena
       where arrival_hour >= (select min(dates.first_arrival_hour) from "warehouse"."shoplake_silver"."touched_dates" as dates)
       where arrival_hour >= timestamp '2026-03-10 06:00:00'

   Athena gets a literal for the reason of among_dates_of: it prunes files while the query is planned. #}
{% macro since_first_hour_of(relation) %}
    {{ return('true' if is_defining() else adapter.dispatch('since_first_hour_of')(relation)) }}
{% endmacro %}

{% macro default__since_first_hour_of(relation) -%}
    arrival_hour >= (select min(dates.first_arrival_hour) from {{ relation }} as dates)
{%- endmacro %}

{% macro athena__since_first_hour_of(relation) -%}
    {%- if not execute or load_relation(relation) is none -%}
        {{ return(default__since_first_hour_of(relation)) }}
    {%- endif -%}
    {%- set hour = touched_by_this_run(relation).first_hour -%}
    {{ "arrival_hour >= timestamp '" ~ hour ~ "'" if hour else 'false' }}
{%- endmacro %}
