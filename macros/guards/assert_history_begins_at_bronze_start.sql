{# A pre-hook of arrivals, after the guards that may end the run: remembers from which day on bronze was read when there was no
   history. If bronze_start was moved to an earlier day since, what arrived between the two would never be read, so the run
   ends if anything did. The question is asked once. #}
{% macro assert_history_begins_at_bronze_start() %}
    {%- set bronze = source('bronze', 'events') -%}
    {%- if is_building() -%}
        {%- set start = var('bronze_start') | string if reads_by_hours() else '0001-01-01' -%}
        {%- set read_from = recall('bronze_start') -%}
        {%- if notes_of_this_run().reads_everything or not read_from -%}
            {%- do remember('bronze_start', [start]) -%}
        {%- elif reads_by_hours() and start < read_from[0] -%}
            {%- set between = "dt >= '" ~ start ~ "' and dt < '" ~ read_from[0] ~ "'" -%}
            {%- if run_query('select 1 from ' ~ bronze ~ ' where ' ~ between ~ ' limit 1').rows -%}
                {{ exceptions.raise_compiler_error(
                    'bronze_start was ' ~ read_from[0] ~ ' when the history was read, and is ' ~ start ~ ' now, and events that '
                    ~ 'arrived between the two were never read: run dbt build --full-refresh, or set bronze_start back'
                ) }}
            {%- endif -%}
            {%- do remember('bronze_start', [start]) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
