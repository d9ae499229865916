{# on-run-end, if the run built arrivals: one line for a person about what this run read. #}
{% macro report_arrivals(results) %}
    {%- for result in results or [] if result.status == 'success' and result.node.name == 'arrivals' -%}
        {%- set lines, hours, rejected = run_query(
            'select count(*), count(distinct arrival_hour), count(reject_reason) from ' ~ result.node.relation_name
        ).rows[0].values() -%}
        {%- if lines -%}
            {%- do log(
                'Read ' ~ '{:,}'.format(lines | int) ~ ' lines of ' ~ hours ~ ' arrival hours; '
                ~ '{:,}'.format(rejected | int) ~ ' of them rejected, with their reasons in rejected_events.',
                info=true
            ) -%}
        {%- else -%}
            {%- do log(
                'No new events in bronze, so nothing was added. `shoplake simulate` or `shoplake replay FILE` adds events; '
                ~ 'a build by hours, as on Athena, starts at bronze_start, ' ~ var('bronze_start') ~ '.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
