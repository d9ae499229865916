{# What touched_dates holds, as text: {'dates': ['2026-03-10'], 'first_hour': '2026-03-10 06:00:00'}. The table is built
   before any node that asks for it, so one query a run is enough.

   Arguments
       relation: touched_dates, or a table like it #}
{% macro touched_by_this_run(relation) %}
    {%- set kept = notes_of_this_run().touched -%}
    {%- if relation | string not in kept -%}
        {%- set rows = run_query(
            'select cast(event_date as varchar) as day, cast(first_arrival_hour as varchar) as hour from ' ~ relation
            ~ ' order by 1'
        ).rows -%}
        {%- do kept.update({relation | string: {
            'dates': rows | map(attribute=0) | list,
            'first_hour': rows | map(attribute=1) | min | default('', true),
        }}) -%}
    {%- endif -%}
    {{ return(kept[relation | string]) }}
{% endmacro %}
