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

{# Whether this run builds a model: it was selected, or its turn has come. #}
{% macro builds_now(name) %}
    {{- return('model.' ~ project_name ~ '.' ~ name in selected_resources or mark_of_this_run(name) in graph) -}}
{% endmacro %}

{# The names of all models that a model is made of, as deep as they go. #}
{% macro ancestors_of(node) %}
    {%- set known = 'ancestors of ' ~ node.unique_id -%}
    {%- if known not in graph -%}
        {%- set found = [] -%}
        {%- for parent in node.depends_on.nodes if parent.startswith('model.') -%}
            {%- do found.append(graph.nodes[parent].name) -%}
            {%- do found.extend(ancestors_of(graph.nodes[parent])) -%}
        {%- endfor -%}
        {%- do graph.update({known: found | unique | list}) -%}
    {%- endif -%}
    {{ return(graph[known]) }}
{% endmacro %}

{# Which models have seen the present arrivals once `built` are built, where `seen` had before: a model only with or after
   all that it is made of. #}
{% macro seen_after(seen, built) %}
    {%- set now = [] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') -%}
        {%- set ancestors = ancestors_of(node) -%}
        {%- set is_kept = node.name in seen and not (ancestors | select('in', built) | list) -%}
        {%- set is_new = node.name in built and not (ancestors | reject('in', seen + built) | list) -%}
        {%- if is_kept or is_new -%}{%- do now.append(node.name) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{% endmacro %}
