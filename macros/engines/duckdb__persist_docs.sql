{# Writes the descriptions of a table and its columns only if others stand there: one statement a model instead of the four
   that dbt-duckdb sends in every run. Macros of the root project take precedence over the adapter's. #}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set place = "database_name = current_database() and schema_name = '" ~ relation.schema ~ "' and table_name = '"
        ~ relation.identifier ~ "'" -%}
    {%- set stored = {} -%}
    {%- for name, comment in run_query(
        "select '', comment from duckdb_tables() where " ~ place
        ~ " union all select lower(column_name), comment from duckdb_columns() where " ~ place
    ).rows -%}
        {%- do stored.update({name: comment or ''}) -%}
    {%- endfor -%}
    {%- set wanted = {'': model.description} -%}
    {%- for name, column in model.columns.items() -%}{%- do wanted.update({name | lower: column.description}) -%}{%- endfor -%}
    {%- for name, description in wanted.items() if stored.get(name) != description -%}
        {{ return(default__persist_docs(relation, model, for_relation, for_columns)) }}
    {%- endfor -%}
{% endmacro %}
