{# Whether the engine computes a CTE that is mentioned twice once. Trino, and so Athena, reads its tables for each mention;
   DuckDB keeps the result, and a window over whole rows of a large increment took it 2.7 times as long.

   Arguments
       none

   Example
       {% if is_incremental() and not keeps_results_of_ctes() %}
   renders to
       true on Athena, where the increment is written so that each table is mentioned once #}
{% macro keeps_results_of_ctes() %}{{ return(adapter.dispatch('keeps_results_of_ctes')()) }}{% endmacro %}

{% macro default__keeps_results_of_ctes() %}{{ return(false) }}{% endmacro %}

{% macro duckdb__keeps_results_of_ctes() %}{{ return(true) }}{% endmacro %}
