{# Replaces the macro of dbt-duckdb, which warns once per model and run that a DuckDB file has no partitions. partitioned_by
   is for Athena. Macros of the root project take precedence over the adapter's. #}
{% macro duckdb__get_partitioned_by(relation, warn=true) %}{{ return(none) }}{% endmacro %}
