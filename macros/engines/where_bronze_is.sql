{# Where a run looked for events, for the end of a sentence: the folder on DuckDB, nothing on Athena, where the source says it. #}
{% macro where_bronze_is() %}{{ return(adapter.dispatch('where_bronze_is')()) }}{% endmacro %}

{% macro default__where_bronze_is() %}{{ return('') }}{% endmacro %}

{% macro duckdb__where_bronze_is() %}
    {%- set lake, is_missing = run_query('select lake_folder(), lake_is_missing()').rows[0].values() -%}
    {{ return(' (' ~ ('there is no lake at ' if is_missing else 'the lake is ') ~ lake ~ ')') }}
{% endmacro %}
