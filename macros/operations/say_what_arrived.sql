{# At the end of a run that built arrivals: one line for a person, what this run read and what became of it. #}
{% macro say_what_arrived(results) %}
    {%- for result in results or [] if result.status == 'success' and result.node.name == 'arrivals' -%}
        {%- set lines, hours, refused = run_query(
            'select count(*), count(distinct arrival_hour), count(reject_reason) from ' ~ result.node.relation_name
        ).rows[0].values() -%}
        {%- if lines -%}
            {%- do log(
                'Read ' ~ '{:,}'.format(lines | int) ~ ' lines of ' ~ hours ~ ' arrival hours; '
                ~ '{:,}'.format(refused | int) ~ ' of them refused, with their reasons in rejected_events.',
                info=true
            ) -%}
        {%- else -%}
            {%- do log(
                'No new events in bronze, so nothing was added. `shoplake simulate` or `shoplake replay FILE` brings some; '
                ~ 'a build by hours, as on Athena, begins at bronze_start, ' ~ var('bronze_start') ~ '.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
