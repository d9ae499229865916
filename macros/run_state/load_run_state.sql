{# on-run-start: reads what earlier runs left, once, so that no model has to query for it. #}
{% macro load_run_state() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') -%}
        {%- if load_relation(run_state_view()) is not none -%}{%- do read_run_state() -%}{%- endif -%}
        {%- do adopt_views_of_0_1() -%}
        {%- if flags.WHICH != 'seed' -%}
            {%- do assert_earlier_runs_are_kept() -%}
            {%- do assert_models_can_be_run_again() -%}
        {%- endif -%}
        {%- do load_definitions() -%}
        {%- do notes_of_this_run().update({'is_loaded': true}) -%}
    {%- endif -%}
{% endmacro %}

{% macro read_run_state() %}
    {%- set records = [] -%}
    {%- for row in run_query('select fact, subject from ' ~ run_state_view() ~ ' order by 1, 2').rows -%}
        {%- do records.append({'fact': row['fact'], 'subject': row['subject']}) -%}
    {%- endfor -%}
    {%- do notes_of_this_run().update({'records': records | sort(attribute='fact,subject')}) -%}
{% endmacro %}
