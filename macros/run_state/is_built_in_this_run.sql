{# Whether this run builds the model of this name: it is selected, or its turn has come (mark_model_running). #}
{% macro is_built_in_this_run(name) %}
    {{ return('model.' ~ project_name ~ '.' ~ name in built_in_this_run()) }}
{% endmacro %}

{# The unique ids of all that this run builds, as far as it is known yet: `dbt retry` selects nothing. #}
{% macro built_in_this_run() %}
    {%- set built = selected_resources | list -%}
    {%- for name in notes_of_this_run().running -%}{%- do built.append('model.' ~ project_name ~ '.' ~ name) -%}{%- endfor -%}
    {{ return(built) }}
{% endmacro %}
