{# The dates of a table, as text, in order. #}
{% macro distinct_dates(relation, column) %}
    {%- set dates = 'select distinct cast(' ~ column ~ ' as varchar) as day from ' ~ relation ~ ' order by 1' -%}
    {{ return(run_query(dates).columns[0].values() | list) }}
{% endmacro %}
