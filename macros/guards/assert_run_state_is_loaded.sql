{# A pre-hook of every model: makes sure that the run knows what earlier runs left. dbt builds models even if a hook of
   on-run-start failed in the warehouse, and a run that knows nothing would keep rows of changed definitions. #}
{% macro assert_run_state_is_loaded() %}
    {%- if is_building() and not notes_of_this_run().is_loaded -%}
        {{ exceptions.raise_compiler_error(
            'load_run_state() did not run to its end when this run started, so nothing is built: it belongs to on-run-start in '
            ~ 'dbt_project.yml; if it stands there and failed, run this again'
        ) }}
    {%- endif -%}
{% endmacro %}
