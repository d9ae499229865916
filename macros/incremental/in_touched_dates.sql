{# True for the rows that a rerun computes again: those of the event dates that arrived; every row on a first build.
   ref() stands before the `if`: while dbt parses, is_incremental() is false, and a ref inside would be missing from
   the graph. Arrivals of this run with the dates of an earlier one would not meet what is stored.
   True also for a model that was away while events arrived (tell_the_next_run): its table is computed from the start. #}
{% macro in_touched_dates() %}
    {%- set touched = ref('touched_dates') -%}
    {%- if is_building() and is_incremental() and not builds_now('touched_dates')
        and (builds_now('arrivals') or has_dates_beyond(touched)) -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' would read new arrivals with the touched_dates of an earlier run: select touched_dates too, or '
            ~ 'run dbt build'
        ) }}
    {%- endif -%}
    {%- set was_away = is_building() and this.schema ~ '.' ~ this.identifier in kept_names('left_behind') -%}
    {%- if is_incremental() and not was_away -%}
        {{ among_dates_of(touched) }}
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}

{# Whether arrivals, read by an earlier run, have dates that touched_dates lacks. #}
{% macro has_dates_beyond(touched) %}
    {%- set arrivals = load_relation(touched.incorporate(path={'identifier': 'arrivals'})) -%}
    {{ return(arrivals is not none and load_relation(touched) is not none and run_query(
        'select event_date from ' ~ arrivals ~ ' where reject_reason is null except select event_date from ' ~ touched
    ).rows | length > 0) }}
{% endmacro %}
