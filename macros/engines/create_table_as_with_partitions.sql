{# Replaces the macro of dbt-athena that creates a table of more than 100 partitions: one CREATE TABLE, then INSERTs of 100
   partitions each. A run that is killed between them would leave a part of the table under its name; the next run would
   treat the partial table as complete and only add to it. So this macro fills the table under a name that the adapter drops by
   itself, and renames it when it is complete. Tables of a full refresh have such a name already.
   Macros of the root project take precedence over the adapter's.
   100 partitions: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html #}
{% macro create_table_as_with_partitions(temporary, relation, compiled_code, language='sql') %}
    {%- if relation.identifier.endswith('__dbt_tmp') or relation.identifier.endswith('__ha') -%}
        {{ return(dbt.create_table_as_with_partitions(temporary, relation, compiled_code, language)) }}
    {%- endif -%}
    {%- set unfinished = api.Relation.create(
        database=relation.database,
        schema=relation.schema,
        identifier=relation.identifier ~ '__dbt_tmp',
        s3_path_table_part=relation.identifier,
        type='table'
    ) -%}
    {%- do drop_relation(unfinished) -%}
    {%- do dbt.create_table_as_with_partitions(temporary, unfinished, compiled_code, language) -%}
    {%- do rename_relation(unfinished, relation) -%}
{% endmacro %}
