{# When a run starts: compares what each model computes now with what its rows were computed by. Until it is computed anew,
   a table whose definition changed has none that is known, so a killed run leaves none that is wrong.
   The same holds for what a full refresh computes, because bronze may have changed: of one that reads bronze, that is
   every table, and until it has moved the ledger, every run reads bronze from the start. #}
{% macro load_definitions() %}
    {%- do on_changed_definition() -%}
    {%- set notes = notes_of_this_run() -%}
    {%- do notes.definitions.update(own_definitions()) -%}
    {#- dbt retry does not say what it will build -#}
    {%- set planned = selected_resources or notes.definitions.keys() | list -%}
    {%- set forgotten = notes.forgotten -%}
    {%- set known = {} -%}
    {#- what a retry leaves as it is was forgotten or saved by the run before -#}
    {%- set is_refresh = flags.FULL_REFRESH and selected_resources -%}
    {%- for id in planned if id in notes.definitions -%}
        {%- set node = graph.nodes[id] -%}
        {%- set before = definition_of_rows(node) -%}
        {%- set is_changed = before != definition_with_parents(node, planned, known) -%}
        {#- on Athena, a table that is created in several statements stands before it has all its rows -#}
        {%- if before and (is_changed or is_refresh or not stands_as_built(node)) -%}{%- do forgotten.append(record_of_definition(node, before)) -%}{%- endif -%}
        {%- if is_changed and node.config.materialized == 'incremental' and stored_table(node) -%}
            {%- do notes.changed.append(node.name) -%}
        {%- endif -%}
        {%- if selected_resources -%}{%- do notes.rebuilt.update({id: is_changed}) -%}{%- endif -%}
    {%- endfor -%}
    {%- if is_refresh and 'model.' ~ project_name ~ '.arrivals' in planned -%}
        {%- for id in notes.definitions if id not in planned and definition_of_rows(graph.nodes[id]) -%}
            {%- do forgotten.append(record_of_definition(graph.nodes[id], definition_of_rows(graph.nodes[id]))) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if notes.changed and not flags.FULL_REFRESH -%}
        {%- do announce_changed_definitions(notes.changed | sort) -%}
    {%- endif -%}
    {%- if on_changed_definition() != 'accept' or flags.FULL_REFRESH -%}
        {%- set facts = {'definitions': recall('definitions') | reject('in', forgotten) | list} -%}
        {%- if is_refresh and 'model.' ~ project_name ~ '.arrivals' in planned -%}
            {%- do notes.update({'begins_refresh': not recall('unfinished_refresh')}) -%}
            {%- do facts.update({'unfinished_refresh': ['arrivals']}) -%}
        {%- endif -%}
        {%- do remember_facts(facts) -%}
    {%- endif -%}
{% endmacro %}

{% macro announce_changed_definitions(names) %}
    {%- set what = 'A full refresh did not finish, so it is not known what the rows of ' ~ names | join(', ') ~ ' were made of'
        if recall('unfinished_refresh') else 'The SQL of ' ~ names | join(', ') ~ ', or of what it is made of, is not that by which the rows in the '
        ~ 'warehouse were computed' -%}
    {%- if on_changed_definition() == 'stop' -%}
        {{ refuse_run(
            what ~ ". on_changed_definition is stop, so nothing was built: --vars '{on_changed_definition: rebuild}' computes "
            ~ 'these tables anew'
        ) }}
    {%- elif on_changed_definition() == 'accept' -%}
        {%- do log(what ~ '. on_changed_definition is accept, so rows that are not touched stay as they are.', info=true) -%}
    {%- elif names | reject('in', models_that_read_arrivals()) | list -%}
        {%- do log(what ~ ': this run computes them anew.', info=true) -%}
    {%- endif -%}
{% endmacro %}

{# What happens to a table whose definition changed: it is computed anew, the run stops, or the rows are taken as they
   are, by somebody who knows that they would be the same. #}
{% macro on_changed_definition() %}
    {%- set value = var('on_changed_definition') -%}
    {%- if value not in ['rebuild', 'stop', 'accept'] -%}
        {{ refuse_run("on_changed_definition must be 'rebuild', 'stop' or 'accept', not '" ~ value ~ "'") }}
    {%- endif -%}
    {{ return(value) }}
{% endmacro %}
