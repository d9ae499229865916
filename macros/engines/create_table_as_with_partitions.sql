{# How dbt-athena makes a table of more than 100 partitions: one CREATE TABLE and then INSERTs, 100 partitions each.
   A run killed between them would leave a part under the table's name, which the next run takes for the whole and only
   adds to. So it is filled under the name that the adapter drops by itself, and renamed when it is whole.
   Replaces the adapter's macro of this name, as the root project's win. Tables that a full refresh makes have such a
   name already. https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html (100 partitions) #}
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
