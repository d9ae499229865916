{# Whether this run builds a model: it was selected, or its turn has come. #}
{% macro builds_now(name) %}
    {{- return('model.' ~ project_name ~ '.' ~ name in selected_resources or mark_of_this_run(name) in graph) -}}
{% endmacro %}
