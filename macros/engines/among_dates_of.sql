{# Whether a date is among those of a small table that was built before.
   Athena: as literals, read when the statement is made. Only they prune Iceberg partitions while the query is planned; a
   semi-join needs dynamic filtering, which Trino has and AWS promises nowhere for Athena. A statement is billed 10 MB
   at least, so a run asks once.
   DuckDB: as a semi-join, because a file has no partitions and a query more would only cost time. #}
{% macro among_dates_of(relation) %}
    {{ return(adapter.dispatch('among_dates_of')(relation)) }}
{% endmacro %}

{% macro default__among_dates_of(relation) -%}
    event_date in (select dates.event_date from {{ relation }} as dates)
{%- endmacro %}

{% macro athena__among_dates_of(relation) -%}
    {%- if not execute or load_relation(relation) is none -%}
        {{ return(default__among_dates_of(relation)) }}
    {%- endif -%}
    {#- graph is one dictionary for all nodes of a run. The table is built before any node that asks, so it is read once -#}
    {%- set known = 'dates of ' ~ relation ~ ' in run ' ~ invocation_id -%}
    {%- if known not in graph -%}
        {%- do graph.update({known: distinct_dates(relation, 'event_date')}) -%}
    {%- endif -%}
    {{ one_of_dates('event_date', graph[known]) }}
{%- endmacro %}
