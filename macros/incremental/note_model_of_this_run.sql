{# A pre-hook of every model. `dbt retry` tells nobody what it selected, so each model notes that it is built: graph is one
   dictionary for all nodes of a run. An empty build would be taken for one that has seen its rows. #}
{% macro note_model_of_this_run() %}
    {%- if flags.EMPTY -%}
        {{ exceptions.raise_compiler_error('--empty would leave tables without rows that the ledger calls read: run dbt build') }}
    {%- endif -%}
    {%- do graph.update({mark_of_this_run(model.name): true}) -%}
{% endmacro %}

{% macro mark_of_this_run(name) %}
    {{- return(name ~ ' in run ' ~ invocation_id) -}}
{% endmacro %}
