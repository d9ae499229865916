{# Whether this run builds the model of this name: it is selected, or its turn has come (mark_model_running). #}
{% macro is_built_in_this_run(name) %}
    {{ return(
        'model.' ~ project_name ~ '.' ~ name in selected_resources or name in notes_of_this_run().running
    ) }}
{% endmacro %}
