{# The object that a line of bronze was read from: a hidden column on both engines.
   https://docs.aws.amazon.com/athena/latest/ug/select.html ($path),
   https://duckdb.org/docs/stable/data/multiple_files/overview.html (filename) #}
{% macro object_path() %}{{ return(adapter.dispatch('object_path')()) }}{% endmacro %}

{% macro duckdb__object_path() %}filename{% endmacro %}

{% macro athena__object_path() %}"$path"{% endmacro %}
