{# Stores the subjects of a fact for this run and the next ones; what was stored of the fact before is replaced.

   The store is one view of constants, `run_state` in silver: a row is a record (fact, subject). A view of constants
   costs neither a file nor a byte scanned, and both engines have it. It is written only if a record changed. README.md
   lists the facts. #}
{% macro remember(fact, subjects) %}
    {%- do remember_facts({fact: subjects}) -%}
{% endmacro %}

{# Several facts at once: a dictionary of subjects by fact. #}
{% macro remember_facts(facts) %}
    {%- set notes = notes_of_this_run() -%}
    {%- set records = notes.records | rejectattr('fact', 'in', facts) | list -%}
    {%- for fact, subjects in facts.items() -%}
        {%- for subject in subjects | unique -%}
            {%- do records.append({'fact': fact, 'subject': subject}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set records = records | sort(attribute='fact,subject') -%}
    {%- if records != notes.records -%}
        {%- do write_run_state(records) -%}
        {%- do notes.update({'records': records}) -%}
    {%- endif -%}
{% endmacro %}

{% macro write_run_state(records) %}
    {%- if records -%}
        {%- set rows = [] -%}
        {%- for record in records -%}
            {#- without the casts, Athena's columns would be as long as the longest text, and DuckDB's not -#}
            {%- do rows.append(
                "select cast('" ~ record.fact ~ "' as varchar) as fact, cast('" ~ record.subject | replace("'", "''")
                ~ "' as varchar) as subject"
            ) -%}
        {%- endfor -%}
        {%- do run_query('create or replace view ' ~ run_state_view() ~ ' as ' ~ rows | join(' union all ')) -%}
    {%- else -%}
        {%- do adapter.drop_relation(run_state_view()) -%}
    {%- endif -%}
{% endmacro %}

{% macro run_state_view(name='run_state') %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {{ return(api.Relation.create(database=ledger.database, schema=ledger.schema, identifier=name, type='view')) }}
{% endmacro %}
