{# Whether two runs can build the same tables at once, so that a run has to take the lock. On DuckDB only one process can open
   the file (ingestion/warehouse/single_writer.py). #}
{% macro runs_can_meet() %}{{ return(adapter.dispatch('runs_can_meet')()) }}{% endmacro %}

{% macro default__runs_can_meet() %}{{ return(true) }}{% endmacro %}

{% macro duckdb__runs_can_meet() %}{{ return(false) }}{% endmacro %}
