{# True for the rows that a rerun computes again: those of the event dates that arrived; every row on a first build.
   ref() stands before the `if`: while dbt parses, is_incremental() is false, and a ref inside would be missing from
   the graph. #}
{% macro in_touched_dates() %}
    {%- set touched = ref('touched_dates') -%}
    {%- if is_incremental() -%}{{ among_dates_of(touched) }}{%- else -%}true{%- endif -%}
{% endmacro %}
