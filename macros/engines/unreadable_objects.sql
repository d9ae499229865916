{# The objects of bronze that this run found and cannot read, as pairs of path and reason; none on Athena, where a query that
   meets one fails. #}
{% macro unreadable_objects() %}{{ return(adapter.dispatch('unreadable_objects')()) }}{% endmacro %}

{% macro default__unreadable_objects() %}{{ return([]) }}{% endmacro %}

{% macro duckdb__unreadable_objects() %}
    {%- set found = [] -%}
    {%- for row in run_query('select unnest(unreadable_objects(), recursive := true)').rows -%}
        {%- do found.append(row.values()) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
