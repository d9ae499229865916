{# A pre-hook of loads, the ledger: notes by which definition this run computed the tables before it. Should the run be
   killed once the ledger has moved, the next one knows them. #}
{% macro save_definitions_before_the_ledger() %}
    {%- if is_building() -%}
        {%- set names = ancestors_of(model) -%}
        {%- set done = [] -%}
        {%- for id in built_in_this_run() if id in notes_of_this_run().definitions and name_of_model(graph.nodes[id]) in names -%}
            {%- do done.append(graph.nodes[id]) -%}
        {%- endfor -%}
        {#- the rows of a ledger that stands are those of its own record until it has moved -#}
        {%- if not stored_table(model) -%}{%- do done.append(model) -%}{%- endif -%}
        {%- do remember_facts(facts_of_definitions(done, recall('definitions'))) -%}
    {%- endif -%}
{% endmacro %}

{# When a run ends: notes by which definition it computed the tables that it built, and says what was computed anew because
   the definition had changed, and what that cost. #}
{% macro save_definitions(results) %}
    {%- set notes = notes_of_this_run() -%}
    {%- set done = [] -%}
    {%- for result in results if result.status == 'success' and result.node.unique_id in notes.definitions -%}
        {%- do done.append(result) -%}
    {%- endfor -%}
    {%- set records = [] -%}
    {%- for record in recall('definitions') -%}
        {%- set schema, name = record.rsplit('=', 1)[0].split('.', 1) -%}
        {#- the table of a model that is away keeps its record while it stands -#}
        {%- if adapter.get_relation(run_state_view().database, schema, name) -%}{%- do records.append(record) -%}{%- endif -%}
    {%- endfor -%}
    {#- of a model that was skipped, or stopped by a guard, the table is as it was; but not as bronze is, if a full refresh
        read that before -#}
    {%- set altered = [] -%}
    {%- for result in results if result.status == 'error' and 'Compilation Error' not in (result.message or '') -%}
        {%- do altered.append(result) -%}
    {%- endfor -%}
    {%- set arrivals = 'model.' ~ project_name ~ '.arrivals' -%}
    {%- set has_read_bronze = flags.FULL_REFRESH and arrivals in (done + altered) | map(attribute='node.unique_id') -%}
    {%- if notes.begins_refresh and not has_read_bronze -%}{%- do remember('unfinished_refresh', []) -%}{%- endif -%}
    {%- for record in notes.forgotten
        if not has_read_bronze and record.rsplit('=', 1)[0] not in tables_of_results(done + altered) -%}
        {%- do records.append(record) -%}
    {%- endfor -%}
    {%- set nodes = [] -%}
    {%- for result in done -%}{%- do nodes.append(graph.nodes[result.node.unique_id]) -%}{%- endfor -%}
    {%- do remember_facts(facts_of_definitions(nodes, records)) -%}
    {%- do report_rebuilt(done) -%}
{% endmacro %}

{# What is to be remembered of definitions (remember_facts) once this run has built `nodes`, given the records so far. #}
{% macro facts_of_definitions(nodes, records) %}
    {%- set built = built_in_this_run() + nodes | map(attribute='unique_id') | list -%}
    {%- set known = {} -%}
    {%- set new = {} -%}
    {%- for node in nodes -%}
        {%- do new.update({node.schema ~ '.' ~ node.alias: record_of_definition(node, definition_with_parents(node, built, known))}) -%}
    {%- endfor -%}
    {%- set definitions = new.values() | list -%}
    {%- for record in records if record.rsplit('=', 1)[0] not in new -%}{%- do definitions.append(record) -%}{%- endfor -%}
    {%- set facts = records_of_own_definitions() -%}
    {%- do facts.update({'definitions': definitions}) -%}
    {{ return(facts) }}
{% endmacro %}

{% macro tables_of_results(results) %}
    {%- set tables = [] -%}
    {%- for result in results -%}{%- do tables.append(result.node.schema ~ '.' ~ result.node.alias) -%}{%- endfor -%}
    {{ return(tables) }}
{% endmacro %}
