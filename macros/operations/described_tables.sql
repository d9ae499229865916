{# Every model and seed with what stands in its place, and whether its rows follow the definition of today. #}
{% macro described_tables(nodes, relations) %}
    {%- set notes = notes_of_this_run() -%}
    {%- set ids = [] -%}
    {%- for node in nodes -%}
        {%- do notes.definitions.update({node.unique_id: definition_of(node)}) -%}
        {%- do ids.append(node.unique_id) -%}
    {%- endfor -%}
    {%- set tables = [] -%}
    {%- set known = {} -%}
    {%- for node in nodes if node.config.materialized != 'ephemeral' -%}
        {%- set before = definition_of_rows(node) -%}
        {%- do tables.append({
            'name': node.schema ~ '.' ~ node.alias,
            'model': node.name,
            'materialized': node.config.materialized,
            'stands_as': relations.get(node.schema ~ '.' ~ node.alias),
            'definition': 'unknown' if not before else 'same' if before == definition_with_parents(node, ids, known) else 'changed',
            'needs_bronze': node.name in ['arrivals'] + models_that_read_arrivals(),
        }) -%}
    {%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{# What stands in the schemas of the project: 'schema.name' with 'table' or 'view'. #}
{% macro relations_of(nodes) %}
    {%- set relations = {} -%}
    {%- set places = [] -%}
    {%- for node in nodes if (node.database, node.schema) not in places -%}{%- do places.append((node.database, node.schema)) -%}{%- endfor -%}
    {%- for database, schema in places -%}
        {%- for name, kind in relations_in(database, schema).items() -%}
            {%- do relations.update({schema ~ '.' ~ name: kind}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(relations) }}
{% endmacro %}
