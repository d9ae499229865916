{# `dbt run-operation doctor`, which `shoplake doctor` runs and explains: what only dbt knows about the tables, logged as one
   line of JSON. It changes nothing. On Athena the tables come from Glue; the queries read the run state (a view of
   constants), the ledger, one column of event_loads, and the metadata of the Iceberg tables. #}
{% macro doctor() %}
    {%- set nodes = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ['model', 'seed'] -%}
        {%- do nodes.append(node) -%}
    {%- endfor -%}
    {%- set relations = relations_of(nodes) -%}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {%- set records = [] -%}
    {%- if relations.get(ledger.schema ~ '.run_state') -%}
        {%- for row in run_query('select fact, subject from ' ~ run_state_view() ~ ' order by 1, 2').rows -%}
            {%- do records.append({'fact': row[0], 'subject': row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do notes_of_this_run().update({'records': records}) -%}
    {%- set facts = {
        'tables': described_tables(nodes, relations),
        'others': [],
        'state': records,
        'lock': run_lock(),
        'ledger': described_ledger(ledger, relations),
        'on_changed_definition': var('on_changed_definition'),
        'arrival_lookback_hours': var('arrival_lookback_hours'),
    } -%}
    {%- set ours = facts.tables | map(attribute='name') | list + [ledger.schema ~ '.run_state', ledger.schema ~ '.run_lock'] -%}
    {%- for name in relations if name not in ours -%}{%- do facts.others.append(name) -%}{%- endfor -%}
    {%- do facts.update(maintenance_facts()) -%}
    {%- do log('doctor: ' ~ tojson(facts), info=true) -%}
{% endmacro %}

{# The ledger: where it is, what it lacks, its totals and what they are compared with; none if there is none. #}
{% macro described_ledger(ledger, relations) %}
    {%- if not relations.get(ledger.schema ~ '.' ~ ledger.alias) -%}{{ return(none) }}{%- endif -%}
    {%- set relation = api.Relation.create(database=ledger.database, schema=ledger.schema, identifier=ledger.alias) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
    {%- set lacks = ledger.columns.keys() | reject('in', columns) | list -%}
    {%- set described = {'name': ledger.schema ~ '.' ~ ledger.alias, 'lacks': lacks} -%}
    {%- if not lacks -%}
        {%- set row = run_query(
            'select count(*), cast(sum(line_count) as bigint), cast(sum(accepted_count) as bigint),'
            ~ ' cast(sum(duplicate_count) as bigint), cast(sum(rejected_count) as bigint), count_if(duplicate_count < 0'
            ~ ' or line_count <> accepted_count + duplicate_count + rejected_count), cast(max(arrival_hour) as varchar) from '
            ~ relation
        ).rows[0] -%}
        {%- for name in ['hours', 'lines', 'accepted', 'duplicates', 'rejected', 'wrong_hours'] -%}
            {%- do described.update({name: (row[loop.index0] or 0) | int}) -%}
        {%- endfor -%}
        {%- do described.update({'newest_hour': row[6]}) -%}
    {%- endif -%}
    {%- for name, expression in [
        ('events', 'count(*)'), ('rejected_events', 'count(*)'), ('event_loads', 'cast(max(event_date) as varchar)')
    ] -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
        {%- if relations.get(node.schema ~ '.' ~ node.alias) and not lacks -%}
            {%- do described.update({name: run_query('select ' ~ expression ~ ' from ' ~ node.relation_name).rows[0][0]}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(described) }}
{% endmacro %}
