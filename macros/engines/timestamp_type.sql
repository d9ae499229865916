{# The type of every time in silver and gold. Iceberg stores microseconds, and Athena's bare timestamp has three digits.

   Arguments
       none

   Example
       cast(dt || ' ' || hour || ':00:00' as {{ timestamp_type() }})
   renders to, on DuckDB and on Athena
       cast(dt || ' ' || hour || ':00:00' as timestamp)
       cast(dt || ' ' || hour || ':00:00' as timestamp(6))

   https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html #}
{% macro timestamp_type() %}{{ return(adapter.dispatch('timestamp_type')()) }}{% endmacro %}

{% macro duckdb__timestamp_type() %}timestamp{% endmacro %}

{% macro athena__timestamp_type() %}timestamp(6){% endmacro %}
