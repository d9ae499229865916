{# When a run starts: makes sure that events, rejected_events and loads add to what earlier runs read. arrivals holds the lines
   of one run: with a setting for all models, such as +materialized: table, or with full_refresh: true, they would hold no others. #}
{% macro assert_earlier_runs_are_kept() %}
    {%- set needed = {'arrivals': 'table', 'touched_dates': 'table', 'events': 'incremental', 'rejected_events': 'incremental', 'loads': 'incremental'} -%}
    {%- for name, materialized in needed.items() -%}
        {%- set config = graph.nodes['model.' ~ project_name ~ '.' ~ name].config -%}
        {%- if config.materialized != materialized -%}
            {{ refuse_run(
                name ~ ' must be materialized as ' ~ materialized ~ ', not as ' ~ config.materialized ~ ', because arrivals holds the '
                ~ 'lines of one run only: correct its configuration (in dbt_project.yml, what stands below models: must name the '
                ~ 'project, ' ~ project_name ~ ')'
            ) }}
        {%- elif config.full_refresh and materialized == 'incremental' -%}
            {{ refuse_run(
                name ~ ' has full_refresh: true, and every run would replace it by the lines of that run, because arrivals holds no '
                ~ 'others: take it out'
            ) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
