{# `dbt run-operation drop_unused_tables --args '{names: [shoplake_gold.old]}'`: drops tables and views of the project's schemas
   that no model builds: what a killed run left behind, or what a removed model built. It refuses any other. #}
{% macro drop_unused_tables(names) %}
    {%- set ours = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type in ['model', 'seed'] -%}
        {%- set place = {'database': node.database, 'schema': node.schema, 'names': ['run_state', 'run_lock']} -%}
        {%- do ours.setdefault(node.schema | lower, place).names.append(node.alias | lower) -%}
    {%- endfor -%}
    {%- set found = [] -%}
    {%- for name in names -%}
        {#- both engines take Events for events -#}
        {%- set schema, _, table = (name | lower).partition('.') -%}
        {%- if schema not in ours or table in ours[schema].names -%}
            {{ exceptions.raise_compiler_error(
                name ~ (' is built by a model' if schema in ours else ' is in no schema of this project') ~ ': nothing was dropped'
            ) }}
        {%- endif -%}
        {%- do found.append(adapter.get_relation(ours[schema].database, ours[schema].schema, name.partition('.')[2])) -%}
    {%- endfor -%}
    {%- for relation in found if relation is not none -%}
        {%- do adapter.drop_relation(relation) -%}
        {%- do log('Dropped ' ~ relation, info=true) -%}
    {%- endfor -%}
    {#- dbt rolls back what an operation has begun -#}
    {%- do adapter.commit() -%}
{% endmacro %}
