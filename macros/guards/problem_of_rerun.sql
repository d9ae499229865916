{# What keeps an incremental model from being run again, and what to do, for the middle of a sentence; nothing, if nothing
   does. #}
{% macro problem_of_rerun(node, ledger, is_left_behind) %}
    {%- set strategy = node.config.incremental_strategy -%}
    {%- set computes_all = node.config.get('computes_all') -%}
    {%- if strategy in ['append', 'microbatch'] -%}
        {{ return('has the strategy ' ~ strategy ~ ', which stores twice what is read twice, or misses what is late: use merge') }}
    {%- elif strategy in ['merge', 'delete+insert'] and not node.config.unique_key -%}
        {{ return('has no unique_key, so what is read twice would be stored twice: configure it') }}
    {%- elif node.database != ledger.database -%}
        {{ return(
            'in another database than loads, the ledger (' ~ node.database ~ ', not ' ~ ledger.database ~ '): take database '
            ~ 'out of its configuration'
        ) }}
    {%- elif setting_that_keeps_rows(node) -%}
        {{ return('has ' ~ setting_that_keeps_rows(node) ~ ', so stored rows would keep what late events and corrections change: take it out') }}
    {%- elif node.config.full_refresh is false and flags.FULL_REFRESH and is_built_in_this_run('arrivals') -%}
        {{ return('has full_refresh: false, so --full-refresh would leave its rows as they are, whatever bronze holds now: take it out') }}
    {%- elif not computes_all and 'get_column_values' in without_comments(node.raw_code) -%}
        {{ return(
            'makes SQL of the values that get_column_values finds, which change with what arrives, so its dates would differ: '
            ~ 'write the values down'
        ) }}
    {%- elif not computes_all and is_partial_by_itself(node) -%}
        {{ return(
            'computes a part of its rows that in_touched_dates() does not choose, so late events and corrections would be '
            ~ "missing: use where {{ in_touched_dates() }}, or replacing_groups(of='all') if it computes every row"
        ) }}
    {%- elif 'in_touched_hours' in node.raw_code and 'event_id' not in (node.config.unique_key or []) -%}
        {{ return(
            'computes the events that arrived with a run, by in_touched_hours(), but its rows are not events, so what arrived '
            ~ 'before would be missing from them: take it out, or add event_id to unique_key'
        ) }}
    {%- elif not computes_all and is_left_behind -%}
        {{ return(
            'not built before loads, the ledger, so a run that ends between the two would leave it without what arrived: add it '
            ~ 'to macros/helpers/models_before_the_ledger.sql'
        ) }}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}

{# The setting by which a merge leaves stored rows as they are; nothing, if there is none. #}
{% macro setting_that_keeps_rows(node) %}
    {%- for name in ['incremental_predicates', 'predicates', 'merge_update_columns', 'merge_exclude_columns'] if node.config.get(name) -%}
        {{ return(name) }}
    {%- endfor -%}
    {{ return('') }}
{% endmacro %}
