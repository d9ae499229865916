{# The incremental models that exist as Iceberg tables, for OPTIMIZE and VACUUM. Their names have no quotes, because
   the two statements take none: https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html #}
{% macro merged_tables(operation) %}{{ return(adapter.dispatch('merged_tables')(operation)) }}{% endmacro %}

{% macro duckdb__merged_tables(operation) %}
    {{ exceptions.raise_compiler_error(
        operation ~ ' is for Iceberg tables, and a DuckDB file does not need it: add --target athena or --target athena_local'
    ) }}
{% endmacro %}

{% macro athena__merged_tables(operation) %}
    {%- set tables = [] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | sort(attribute='name')
        if node.config.materialized == 'incremental'
        and adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- do tables.append({
            'name': node.schema ~ '.' ~ node.alias,
            'metadata': '"' ~ node.schema ~ '"."' ~ node.alias ~ '$',
            'partition': (node.config.get('partitioned_by') or [none])[0],
        }) -%}
    {%- endfor -%}
    {%- if not tables -%}
        {%- do log('There is no table in ' ~ target.schema ~ '_* yet, so there is nothing to ' ~ operation ~ '.', info=true) -%}
    {%- endif -%}
    {{ return(tables) }}
{% endmacro %}
