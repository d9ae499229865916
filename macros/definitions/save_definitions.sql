{# on-run-end: notes by which definition this run computed the tables that it built, and says what was computed anew because
   the definition had changed, and what that cost. #}
{% macro save_definitions(results) %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') and results -%}
        {%- set notes = notes_of_this_run() -%}
        {%- set done = [] -%}
        {%- for result in results if result.status == 'success' and result.node.unique_id in notes.definitions -%}
            {%- do done.append(result) -%}
        {%- endfor -%}
        {%- set built = built_in_this_run() + done | map(attribute='node.unique_id') | list -%}
        {%- set records = [] -%}
        {%- for record in recall('definitions') -%}
            {%- set table = record.rsplit('=', 1)[0] -%}
            {%- set schema, name = table.split('.', 1) -%}
            {#- the table of a model that is away keeps its record while it stands -#}
            {%- if table not in tables_of_results(done) and adapter.get_relation(run_state_view().database, schema, name) -%}
                {%- do records.append(record) -%}
            {%- endif -%}
        {%- endfor -%}
        {#- of a model that was skipped, or stopped by a guard, the table is as it was -#}
        {%- set altered = [] -%}
        {%- for result in results if result.status == 'error' and 'Compilation Error' not in (result.message or '') -%}
            {%- do altered.append(result) -%}
        {%- endfor -%}
        {%- for record in notes.forgotten if record.rsplit('=', 1)[0] not in tables_of_results(done + altered) -%}
            {%- do records.append(record) -%}
        {%- endfor -%}
        {%- for result in done -%}
            {%- set node = graph.nodes[result.node.unique_id] -%}
            {%- do records.append(record_of_definition(node, definition_with_parents(node, built))) -%}
        {%- endfor -%}
        {%- do remember('definitions', records) -%}
        {%- do report_rebuilt(done) -%}
    {%- endif -%}
{% endmacro %}

{% macro tables_of_results(results) %}
    {%- set tables = [] -%}
    {%- for result in results -%}{%- do tables.append(result.node.schema ~ '.' ~ result.node.alias) -%}{%- endfor -%}
    {{ return(tables) }}
{% endmacro %}

{% macro report_rebuilt(done) %}
    {%- set costs = [] -%}
    {%- for result in done if result.node.name in notes_of_this_run().changed
        and notes_of_this_run().rebuilt.get(result.node.unique_id) and not flags.FULL_REFRESH -%}
        {%- set scanned = result.adapter_response.get('data_scanned_in_bytes') -%}
        {%- do costs.append(
            result.node.name ~ ' in ' ~ '%.1f' % result.execution_time ~ ' s'
            ~ (', ' ~ '%.1f' % (scanned / 1000000) ~ ' MB read' if scanned else '')
        ) -%}
    {%- endfor -%}
    {%- if costs -%}
        {%- do log('Computed anew because the definition had changed: ' ~ costs | join('; ') ~ '.', info=true) -%}
    {%- endif -%}
{% endmacro %}
