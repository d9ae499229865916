{# on-run-end, if the run built arrivals: what this run read and what it could not read, for a person. #}
{% macro report_arrivals(results) %}
    {%- for result in results or [] if result.status == 'success' and result.node.name == 'arrivals' -%}
        {%- set lines, hours, rejected = run_query(
            'select count(*), count(distinct arrival_hour), count(reject_reason) from ' ~ result.node.relation_name
            ~ ' where object_state is null'
        ).rows[0].values() -%}
        {%- if lines -%}
            {%- do log(
                'Read ' ~ '{:,}'.format(lines | int) ~ ' lines of ' ~ hours ~ ' arrival hours; '
                ~ '{:,}'.format(rejected | int) ~ ' of them rejected, with their reasons in rejected_events.',
                info=true
            ) -%}
        {%- else -%}
            {%- do log(
                'No new events in bronze' ~ where_bronze_is() ~ ', so nothing was added. `shoplake simulate` or `shoplake replay FILE` adds events; '
                ~ 'a build by hours, as on Athena, starts at bronze_start, ' ~ var('bronze_start') ~ '.',
                info=true
            ) -%}
        {%- endif -%}
        {%- do report_unreadable_objects(unreadable_objects()) -%}
    {%- endfor -%}
{% endmacro %}

{% macro report_unreadable_objects(found) %}
    {%- if found -%}
        {%- set named = [] -%}
        {%- for object_path, problem in found[:3] -%}{%- do named.append(object_path ~ ' ' ~ problem) -%}{%- endfor -%}
        {%- do log(
            'Skipped ' ~ found | length ~ ' objects of bronze that cannot be read: ' ~ named | join('; ')
            ~ (', and ' ~ (found | length - 3) ~ ' more (unreadable_objects in loads)' if found | length > 3 else '')
            ~ '. Put whole objects in their place, or move them out of bronze/events: the next build reads what was mended '
            ~ '(docs/guide/operating.md#unreadable-objects).',
            info=true
        ) -%}
    {%- endif -%}
{% endmacro %}
