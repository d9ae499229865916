{# Whether event_date is among the dates of a small table that was built before.

   Arguments
       relation: touched_dates, or a table like it

   Example
       where {{ among_dates_of(ref('touched_dates')) }}
   renders to, on DuckDB and on Athena
       where event_date in (select dates.event_date from "warehouse"."shoplake_silver"."touched_dates" as dates)
       where event_date in (date '2026-03-10', date '2026-03-11')

   Athena gets literals, read when the statement is made: only they prune Iceberg partitions while the query is planned.
   A semi-join needs dynamic filtering, which Trino has and AWS promises nowhere for Athena. A statement is billed 10 MB
   at least, so a run queries the dates once.
   DuckDB gets a semi-join, because its file has no partitions, and another query would only cost time. #}
{% macro among_dates_of(relation) %}
    {{ return('true' if is_defining() else adapter.dispatch('among_dates_of')(relation)) }}
{% endmacro %}

{% macro default__among_dates_of(relation) -%}
    event_date in (select dates.event_date from {{ relation }} as dates)
{%- endmacro %}

{% macro athena__among_dates_of(relation) -%}
    {%- if not execute or load_relation(relation) is none -%}
        {{ return(default__among_dates_of(relation)) }}
    {%- endif -%}
    {{ in_literal_dates('event_date', touched_by_this_run(relation).dates) }}
{%- endmacro %}
