{# A pre-hook of arrivals and events: makes sure that the tables choose among the copies of an event as event_copies says
   now. They hold one copy of each event, and the one that another value would choose is in bronze only, so a changed
   value takes effect in a run that reads everything. #}
{% macro assert_event_copies_are_unchanged() %}
    {%- set built_with = event_copies_of_tables() -%}
    {%- if execute and not flags.FULL_REFRESH and built_with != [event_copies()] -%}
        {%- if model.name == 'arrivals' -%}
            {%- set read_everything = ledger_of_whole_history() is none -%}
        {%- else -%}
            {%- set read_everything = is_built_in_this_run('arrivals') or recall('arrivals_hold_history')
                or load_relation(this.incorporate(path={'identifier': 'loads'})) is none -%}
        {%- endif -%}
        {%- if not read_everything -%}
            {{ exceptions.raise_compiler_error(
                'A full refresh that changed event_copies did not finish: run dbt build --full-refresh once'
                if 'unfinished' in built_with else
                'event_copies is ' ~ event_copies() ~ ' and the tables were built with ' ~ built_with[0]
                ~ ': run dbt build --full-refresh once, or set it back'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
