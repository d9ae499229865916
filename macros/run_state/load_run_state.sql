{# on-run-start: reads what earlier runs left, once, so that no model has to query for it. #}
{% macro load_run_state() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') -%}
        {%- set view = load_relation(run_state_view()) -%}
        {%- if view is not none -%}
            {%- set records = [] -%}
            {%- for row in run_query('select fact, subject from ' ~ view ~ ' order by 1, 2').rows -%}
                {%- do records.append({'fact': row['fact'], 'subject': row['subject']}) -%}
            {%- endfor -%}
            {%- do notes_of_this_run().update({'records': records | sort(attribute='fact,subject')}) -%}
        {%- endif -%}
        {%- do adopt_views_of_0_1() -%}
    {%- endif -%}
{% endmacro %}
