{# Whether a date is in a month that has one of the touched dates.

   Arguments
       relation: touched_dates, or a table like it
       column: a date, or the first day of a month

   Example
       where {{ among_months_of(ref('touched_dates'), 'event_date') }}
   renders to, on DuckDB and on Athena
       where date_trunc('month', event_date) in (
           select date_trunc('month', dates.event_date) from "warehouse"."shoplake_silver"."touched_dates" as dates
       )
       where (event_date between date '2026-03-01' and date '2026-03-31')

   Athena gets literals for the reason of among_dates_of. #}
{% macro among_months_of(relation, column) %}
    {{ return('true' if is_defining() else adapter.dispatch('among_months_of')(relation, column)) }}
{% endmacro %}

{% macro default__among_months_of(relation, column) -%}
    date_trunc('month', {{ column }}) in (
        select date_trunc('month', dates.event_date)
        from {{ relation }} as dates
    )
{%- endmacro %}

{% macro athena__among_months_of(relation, column) -%}
    {%- if not execute or load_relation(relation) is none -%}
        {{ return(default__among_months_of(relation, column)) }}
    {%- endif -%}
    {%- set months = [] -%}
    {%- for day in touched_by_this_run(relation).dates if day[:7] not in months -%}
        {%- do months.append(day[:7]) -%}
    {%- endfor -%}
    {%- set spans = [] -%}
    {%- for month in months -%}
        {%- set first = modules.datetime.date.fromisoformat(month ~ '-01') -%}
        {%- set later = first + modules.datetime.timedelta(days=31) -%}
        {%- set last = later - modules.datetime.timedelta(days=later.day) -%}
        {%- do spans.append(column ~ " between date '" ~ first ~ "' and date '" ~ last ~ "'") -%}
    {%- endfor -%}
    {{ '(' ~ (spans | join(' or ') or 'false') ~ ')' }}
{%- endmacro %}
