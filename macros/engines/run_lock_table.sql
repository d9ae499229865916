{# The relation of a lock, beside the ledger. #}
{% macro run_lock_table(name='run_lock') %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {{ return(api.Relation.create(database=ledger.database, schema=ledger.schema, identifier=name, type='table')) }}
{% endmacro %}
