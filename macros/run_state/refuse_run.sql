{# Ends a run that has just started, before it builds anything: removes its lock, and raises the sentence. dbt runs no
   on-run-end hook after an error in on-run-start. #}
{% macro refuse_run(sentence) %}
    {%- do release_run_lock() -%}
    {{ exceptions.raise_compiler_error(sentence) }}
{% endmacro %}
