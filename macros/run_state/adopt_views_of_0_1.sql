{# Takes over the two views in which version 0.1 kept its run state, and drops them. To be removed after one release. #}
{% macro adopt_views_of_0_1() %}
    {%- for name, fact in [('unfinished_run', 'seen_by_models'), ('left_behind', 'stale_tables')] -%}
        {%- set former = load_relation(run_state_view(name)) -%}
        {%- if former is not none -%}
            {%- set subjects = run_query('select name from ' ~ former).columns[0].values() | list -%}
            {%- do remember(fact, recall(fact) + subjects | reject('eq', 'a full refresh') | list) -%}
            {%- if 'a full refresh' in subjects -%}{%- do remember('arrivals_hold_history', ['arrivals']) -%}{%- endif -%}
            {%- do adapter.drop_relation(former) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
