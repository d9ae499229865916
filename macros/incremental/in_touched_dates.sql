{# True for the rows that a rerun computes again: those of the event dates that arrived; every row on a first build.
   ref() stands before the `if`: while dbt parses, is_incremental() is false, and a ref inside would be missing from
   the graph. Arrivals of this run with the dates of an earlier one would not meet what is stored.
   True also for a model that was away while events arrived (tell_the_next_run): its table is computed from the start. #}
{% macro in_touched_dates() %}
    {%- set touched = ref('touched_dates') -%}
    {{- note_model_of_this_run() -}}
    {%- if is_building() and is_incremental() and 'model.' ~ project_name ~ '.arrivals' in selected_resources
        and 'model.' ~ project_name ~ '.touched_dates' not in selected_resources -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' would read new arrivals with the touched_dates of an earlier run: select touched_dates too, or '
            ~ 'arrivals+'
        ) }}
    {%- endif -%}
    {%- set was_away = is_building() and this.schema ~ '.' ~ this.identifier in kept_names('left_behind') -%}
    {%- if is_incremental() and not was_away -%}
        {{ among_dates_of(touched) }}
    {%- else -%}
        true
    {%- endif -%}
{% endmacro %}
