{# The subjects that are remembered of a fact, sorted. Sends no query: load_run_state read them when the run started.
   While dbt compiles or documents, nothing is remembered. #}
{% macro recall(fact) %}
    {{ return(notes_of_this_run().records | selectattr('fact', 'eq', fact) | map(attribute='subject') | list) }}
{% endmacro %}
