{# When a run starts: makes sure that the incremental models that it builds, and that somebody may have added, keep the
   guarantee.

   - The ledger waits for them. Otherwise a run that ends between the two would leave them without what arrived.
   - They have a key, and a strategy that replaces rows. Otherwise what is read twice is stored twice.
   - They are in the ledger's database: the run state names tables by schema and name.
   - If they compute a part of their rows, it is the part of in_touched_dates() or in_touched_months(). Any other, such as what
     is newer than the newest row, misses late events and corrections. So does a merge that leaves out columns or dates, and
     columns that are made of values which a query found.
   - If it is also that of in_touched_hours(), they have one row for each event. A group would lose its earlier events.
   - A full refresh reaches them. #}
{% macro assert_models_can_be_run_again() %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {%- set waited_for = ancestors_of(ledger) + [ledger.name] -%}
    {%- set moves_ledger = not selected_resources or ledger.unique_id in selected_resources -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental'
        and (not selected_resources or node.unique_id in selected_resources) -%}
        {%- set problem = problem_of_rerun(node, ledger, moves_ledger and name_of_model(node) not in waited_for) -%}
        {%- if problem and 'arrivals' in ancestors_of(node) -%}
            {{ refuse_run(
                name_of_model(node) ~ ' is incremental and ' ~ problem ~ ", or use materialized='table' (docs/guide/adding-a-model.md)"
            ) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

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

{# Whether an incremental model computes a part of its rows that in_touched_dates() does not choose. What reads arrivals is
   partial by what arrived. #}
{% macro is_partial_by_itself(node) %}
    {%- if asks_for_touched(node.raw_code) or 'model.' ~ project_name ~ '.arrivals' in node.depends_on.nodes -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node.raw_code) -%}{%- do texts.append(macro.macro_sql) -%}{%- endfor -%}
    {%- set text = without_comments(texts | join('\n')) -%}
    {{ return('is_incremental' in text and not asks_for_touched(text)) }}
{% endmacro %}

{% macro asks_for_touched(text) %}
    {{ return('in_touched_dates' in text or 'in_touched_months' in text) }}
{% endmacro %}

{# The setting by which a merge leaves stored rows as they are; nothing, if there is none. #}
{% macro setting_that_keeps_rows(node) %}
    {%- for name in ['incremental_predicates', 'predicates', 'merge_update_columns', 'merge_exclude_columns'] if node.config.get(name) -%}
        {{ return(name) }}
    {%- endfor -%}
    {{ return('') }}
{% endmacro %}
