{# on-run-end: what a run that did not build everything leaves for the next one. A killed run never gets here, and is
   simply run again.

   seen_by_models          the models that have seen arrivals which the ledger does not count yet
   unfinished_refresh      a full refresh began to read bronze: until the ledger is built, every run reads it from the start
   arrivals_hold_history   arrivals were read by a full refresh: a retry may refresh the models that are left
   stale_tables            loses the tables that this run rebuilt
   failed                  models and tests that failed or were skipped, until they succeed: a run that only looks for new
                           arrivals (macros/operations/whats_new.sql) would not try them again
   behind                  models that runs left out although what they read was built, until they are built #}
{% macro save_run_state(results) %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') and results -%}
        {%- do save_definitions(results) -%}
    {%- endif -%}
    {%- if execute and flags.WHICH in ('run', 'build') and results -%}
        {%- set models = [] -%}
        {%- set tables = [] -%}
        {%- for result in results if result.status == 'success' and result.node.resource_type == 'model' -%}
            {%- do models.append(name_of_model(result.node)) -%}
            {%- do tables.append(result.node.schema ~ '.' ~ result.node.alias) -%}
        {%- endfor -%}
        {%- if 'loads' in models -%}
            {%- do remember_facts({'seen_by_models': [], 'arrivals_hold_history': [], 'unfinished_refresh': []}) -%}
        {%- elif 'arrivals' in models -%}
            {%- do remember('seen_by_models', seen_after([], models)) -%}
            {%- do remember('arrivals_hold_history', ['arrivals'] if flags.FULL_REFRESH else []) -%}
        {%- elif recall('seen_by_models') -%}
            {%- do remember('seen_by_models', seen_after(recall('seen_by_models'), models)) -%}
        {%- endif -%}
        {%- do remember('failed', still_failed(results)) -%}
        {%- do remember('behind', still_behind(models)) -%}
        {%- set samples = samples_and_descendants(results) -%}
        {%- if recall('stale_tables') or samples -%}
            {%- do remember('stale_tables', still_stale(recall('stale_tables'), tables) + samples) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# The tables of this run that are made of the arrivals of another schema, directly or not. #}
{% macro samples_and_descendants(results) %}
    {%- set samples = notes_of_this_run().samples | list -%}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() if node.schema ~ '.' ~ node.alias in samples -%}{%- do names.append(name_of_model(node)) -%}{%- endfor -%}
    {%- for result in results if result.node.resource_type == 'model'
        and ancestors_of(graph.nodes[result.node.unique_id]) | select('in', names) | list -%}
        {%- do samples.append(result.node.schema ~ '.' ~ result.node.alias) -%}
    {%- endfor -%}
    {{ return(samples) }}
{% endmacro %}

{# What stays stale once the tables `built` are built: the others, and every table that depends on a stale one. #}
{% macro still_stale(stale, built) %}
    {%- set still = stale | reject('in', built) | list -%}
    {%- set models = [] -%}
    {%- for node in graph.nodes.values() if node.schema ~ '.' ~ node.alias in still -%}
        {%- do models.append(name_of_model(node)) -%}
    {%- endfor -%}
    {%- for node in graph.nodes.values() if node.schema ~ '.' ~ node.alias in stale -%}
        {%- if ancestors_of(node) | select('in', models) | list -%}
            {%- do still.append(node.schema ~ '.' ~ node.alias) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(still) }}
{% endmacro %}
