{# `dbt run-operation whats_new`, which `shoplake build` runs first: logs why a build has something to do, as one line of JSON, or
   an empty list. It looks at what a build would look at: the definitions of the tables, what earlier runs left undone, and
   the objects of bronze beside the ledger. It changes nothing.
   On Athena it sends three statements.
   `selected`: the names of the models and tests that the build would select; none for all. #}
{% macro whats_new(selected=none) %}
    {%- set nodes = graph.nodes.values() | selectattr('resource_type', 'in', ['model', 'seed']) | sort(attribute='unique_id') | list -%}
    {%- set relations = relations_of(nodes) -%}
    {%- set ledger_node = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {%- if relations.get(ledger_node.schema ~ '.run_state') -%}{%- do read_run_state() -%}{%- endif -%}
    {%- set missing, changed, stale = [], [], [] -%}
    {%- for table in described_tables(nodes, relations) if selected is none or table.model in selected -%}
        {#- a stale table that no model builds is no work for a build -#}
        {%- if table.name in recall('stale_tables') -%}{%- do stale.append(table.name) -%}{%- endif -%}
        {%- if not table.stands_as or table.materialized == 'incremental' and table.stands_as != 'table' -%}
            {%- do missing.append(table.name) -%}
        {%- elif table.definition != 'same' -%}
            {%- do changed.append(table.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set reasons = [] -%}
    {%- set unfinished = recall('seen_by_models') + recall('arrivals_hold_history') + recall('unfinished_refresh') -%}
    {%- set behind = recall('behind') | select('in', selected or recall('behind')) | list -%}
    {%- set failed = [] -%}
    {%- for id in recall('failed') if id in graph.nodes
        and (selected is none or graph.nodes[id].name in selected) -%}{%- do failed.append(graph.nodes[id].name) -%}{%- endfor -%}
    {%- if missing -%}{%- do reasons.append('not built yet: ' ~ some_of(missing)) -%}{%- endif -%}
    {%- if changed -%}{%- do reasons.append('another definition: ' ~ some_of(changed)) -%}{%- endif -%}
    {%- if stale -%}{%- do reasons.append('gone stale: ' ~ some_of(stale)) -%}{%- endif -%}
    {%- if unfinished -%}{%- do reasons.append('an earlier run built only a part') -%}{%- endif -%}
    {%- if behind -%}{%- do reasons.append('left out of earlier builds: ' ~ some_of(behind)) -%}{%- endif -%}
    {%- if failed -%}{%- do reasons.append('failed in the last run: ' ~ some_of(failed)) -%}{%- endif -%}
    {%- if not reasons and has_new_arrivals(stored_ledger(ledger_node)) -%}{%- do reasons.append('new arrivals') -%}{%- endif -%}
    {%- do log('whats_new: ' ~ tojson(reasons), info=true) -%}
{% endmacro %}

{% macro stored_ledger(node) %}
    {{ return(api.Relation.create(database=node.database, schema=node.schema, identifier=node.alias)) }}
{% endmacro %}

{# The first names of a list, and how many more there are. #}
{% macro some_of(names) %}
    {{ return((names | sort)[:3] | join(', ') ~ (' and ' ~ (names | length - 3) ~ ' more' if names | length > 3 else '')) }}
{% endmacro %}
