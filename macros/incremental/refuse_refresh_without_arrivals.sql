{# Stops a full refresh of a model that is fed by arrivals alone: arrivals holds one run, the history would be lost. #}
{% macro refuse_refresh_without_arrivals() %}
    {{- note_model_of_this_run() -}}
    {%- if is_building() and flags.FULL_REFRESH and 'model.' ~ project_name ~ '.arrivals' not in selected_resources -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' cannot be refreshed alone, because arrivals holds the lines of one run only: '
            ~ 'add --select arrivals+, or refresh everything'
        ) }}
    {%- endif -%}
{% endmacro %}
