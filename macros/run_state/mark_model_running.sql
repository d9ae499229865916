{# A pre-hook of every model: notes that this run builds it. `selected_resources` is not enough, because `dbt retry`
   leaves it empty. #}
{% macro mark_model_running() %}
    {%- if execute -%}{%- do notes_of_this_run().running.append(name_of_model(model)) -%}{%- endif -%}
{% endmacro %}
