{# The target of this run, as far as it may change the SQL of a model: its kind, name, database and schema. #}
{% macro target_as_text() %}
    {{ return([adapter.type(), target.name, target.database, target.schema] | join(' ')) }}
{% endmacro %}
