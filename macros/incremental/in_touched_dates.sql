{# True for the rows that a rerun computes again: those of the event dates that arrived; every row on a first build.
   A semi-join, because that form prunes Iceberg partitions. ref() stands before the `if`: while dbt parses,
   is_incremental() is false, and a ref inside would be missing from the graph. #}
{% macro in_touched_dates(column='event_date') %}
    {%- set touched = ref('touched_dates') -%}
    {%- if is_incremental() -%}
        {{ column }} in (select touched.event_date from {{ touched }} as touched)
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}
