{# The name of a model, with its version if it has one, as `--select` takes it: my_daily, my_daily.v2. #}
{% macro name_of_model(node) %}{{ return(node.unique_id.split('.', 2)[2]) }}{% endmacro %}
