{# A pre-hook of every model: makes sure that one that computes touched dates again gets the dates of the present
   arrivals. With the dates of an earlier run, new arrivals would never meet the rows that are stored. #}
{% macro assert_touched_dates_match_arrivals() %}
    {%- set touched_id = 'model.' ~ project_name ~ '.touched_dates' -%}
    {%- if is_building() and touched_id in model.depends_on.nodes and model.config.materialized == 'incremental'
        and is_incremental() and not is_built_in_this_run('touched_dates')
        and (is_built_in_this_run('arrivals') or has_arrivals_beyond(graph.nodes[touched_id])) -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' would compute new arrivals with the touched_dates of an earlier run: select touched_dates too, '
            ~ 'or run dbt build'
        ) }}
    {%- endif -%}
{% endmacro %}

{# Whether the accepted arrivals, read by an earlier run, have dates that touched_dates lacks, or earlier hours of them. #}
{% macro has_arrivals_beyond(touched) %}
    {%- set touched_dates = adapter.get_relation(touched.database, touched.schema, touched.alias) -%}
    {%- set arrivals = adapter.get_relation(touched.database, touched.schema, 'arrivals') -%}
    {%- set has_hours = touched_dates is not none
        and 'first_arrival_hour' in adapter.get_columns_in_relation(touched_dates) | map(attribute='name') -%}
    {{ return(arrivals is not none and touched_dates is not none and run_query(
        'select event_date, min(arrival_hour) from ' ~ arrivals ~ ' where reject_reason is null group by 1 except select '
        ~ ('event_date, first_arrival_hour' if has_hours else 'event_date, null') ~ ' from ' ~ touched_dates
    ).rows | length > 0) }}
{% endmacro %}
