{# The dates of a column of a table, as sorted text: ['2026-03-10', '2026-03-11']. Sends one query. #}
{% macro distinct_dates(relation, column) %}
    {%- set dates = 'select distinct cast(' ~ column ~ ' as varchar) as day from ' ~ relation ~ ' order by 1' -%}
    {{ return(run_query(dates).columns[0].values() | list) }}
{% endmacro %}
