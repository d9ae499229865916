{# A pre-hook of the models that read only arrivals: makes sure that a table that is created from scratch gets the whole
   history. Without it the table would hold the lines of one run. If the ledger is missing too, arrivals were read from
   the start.
   The arrivals of another schema (--defer) are the lines of its last run: enough to try a changed model on, and the tables
   that are made of them are noted as stale, so that a whole run computes them anew. #}
{% macro assert_arrivals_hold_history() %}
    {%- set arrivals = ref('arrivals') -%}
    {%- if is_building() and is_deferred(arrivals) -%}
        {%- do log(
            model.name ~ ' is made of the last run of ' ~ arrivals.schema ~ ' (--defer): a sample, on which later runs do not build.',
            info=true
        ) -%}
        {%- do notes_of_this_run().samples.append(model.schema ~ '.' ~ model.alias) -%}
    {%- elif is_building() and not is_built_in_this_run('arrivals') -%}
        {%- set ledger, read = graph.nodes['model.' ~ project_name ~ '.loads'], graph.nodes['model.' ~ project_name ~ '.arrivals'] -%}
        {#- arrivals that are a view are a clone of those of another schema -#}
        {%- set is_lost = stored_table(model) is none and (stored_table(ledger) is not none or stored_table(read) is none) -%}
        {%- if is_lost or flags.FULL_REFRESH and not recall('arrivals_hold_history') -%}
            {{ exceptions.raise_compiler_error(
                model.name ~ ' cannot be ' ~ ('rebuilt' if is_lost else 'refreshed') ~ ' alone, because arrivals holds the '
                ~ 'lines of one run only: add --select arrivals+, or ' ~ ('build' if is_lost else 'refresh') ~ ' everything'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
