{# What stands in a schema, whether a model builds it or not: names with 'table' or 'view'. Athena's come from Glue, which costs
   no query. #}
{% macro relations_in(database, schema) %}{{ return(adapter.dispatch('relations_in')(database, schema)) }}{% endmacro %}

{% macro default__relations_in(database, schema) %}
    {%- set found = {} -%}
    {%- for one in adapter.list_relations_without_caching(api.Relation.create(database=database, schema=schema)) -%}
        {%- do found.update({one.identifier: 'table' if one.is_table else 'view'}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}

{% macro duckdb__relations_in(database, schema) %}
    {%- set found = {} -%}
    {%- for row in run_query(
        "select table_name, case table_type when 'VIEW' then 'view' else 'table' end from information_schema.tables"
        ~ " where table_catalog = current_database() and table_schema = '" ~ schema ~ "' order by 1"
    ).rows -%}
        {%- do found.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {{ return(found) }}
{% endmacro %}
