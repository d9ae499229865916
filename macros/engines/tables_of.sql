{# The names of all tables of a schema, whether a model builds them or not. Athena's come from Glue, which costs no query. #}
{% macro tables_of(database, schema) %}
    {{ return(adapter.dispatch('tables_of')(database, schema)) }}
{% endmacro %}

{% macro default__tables_of(database, schema) %}
    {%- set listed = adapter.list_relations_without_caching(api.Relation.create(database=database, schema=schema)) -%}
    {{ return(listed | selectattr('is_table') | map(attribute='identifier') | list) }}
{% endmacro %}

{% macro duckdb__tables_of(database, schema) %}
    {{ return(run_query(
        "select table_name from duckdb_tables() where database_name = current_database() and schema_name = '" ~ schema ~ "'"
    ).columns[0].values() | list) }}
{% endmacro %}
