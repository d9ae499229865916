{# The type of every time in silver and gold. Iceberg stores microseconds; Athena's bare timestamp has three digits:
   https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html #}
{% macro timestamp_type() %}{{ return(adapter.dispatch('timestamp_type')()) }}{% endmacro %}

{% macro duckdb__timestamp_type() %}timestamp{% endmacro %}

{% macro athena__timestamp_type() %}timestamp(6){% endmacro %}
