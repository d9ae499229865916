{# The table of a model as a relation; none if there is none, or only a view, as `dbt clone` leaves it. #}
{% macro stored_table(node) %}
    {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
    {{ return(relation if relation is not none and relation.type == 'table' else none) }}
{% endmacro %}
