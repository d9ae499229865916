{# on-run-start: compares what each model computes now with what its rows were computed by. Until this run ends, a table
   that it computes anew has no known definition, so a killed run leaves none that is wrong. #}
{% macro load_definitions() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') -%}
        {%- do on_changed_definition() -%}
        {%- set notes = notes_of_this_run() -%}
        {%- for node in graph.nodes.values() if node.resource_type in ['model', 'seed'] -%}
            {%- do notes.definitions.update({node.unique_id: definition_of(node)}) -%}
        {%- endfor -%}
        {#- dbt retry does not say what it will build -#}
        {%- set planned = selected_resources or notes.definitions.keys() | list -%}
        {%- set forgotten = notes.forgotten -%}
        {%- for id in planned if id in notes.definitions -%}
            {%- set node = graph.nodes[id] -%}
            {%- set before = definition_of_rows(node) -%}
            {%- if before != definition_with_parents(node, planned) -%}
                {%- if before -%}{%- do forgotten.append(record_of_definition(node, before)) -%}{%- endif -%}
                {%- if node.config.materialized == 'incremental' and stored_table(node) -%}
                    {%- do notes.changed.append(node.name) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if notes.changed and not flags.FULL_REFRESH -%}
            {%- do announce_changed_definitions(notes.changed | sort) -%}
        {%- endif -%}
        {%- if on_changed_definition() != 'accept' or flags.FULL_REFRESH -%}
            {%- do remember('definitions', recall('definitions') | reject('in', forgotten) | list) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro announce_changed_definitions(names) %}
    {%- set what = 'The SQL of ' ~ names | join(', ') ~ ', or of what it is made of, is not that by which the rows in the '
        ~ 'warehouse were computed' -%}
    {%- if on_changed_definition() == 'stop' -%}
        {{ exceptions.raise_compiler_error(
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
        {{ exceptions.raise_compiler_error("on_changed_definition must be 'rebuild', 'stop' or 'accept', not '" ~ value ~ "'") }}
    {%- endif -%}
    {{ return(value) }}
{% endmacro %}
