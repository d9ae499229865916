{# Stops the ledger where new arrivals did not come to every model: the ledger says "read", and no later run would bring
   them. What did come to a model is known of this run (the ledger is built last), and of a run before that read the same
   arrivals and told how it ended. Nothing is lost by stopping, the next whole run reads the same hours again. #}
{% macro refuse_ledger_of_a_part() %}
    {%- set arrivals = ref('arrivals') -%}
    {%- if is_building() -%}
        {%- set read_now = builds_now('arrivals') -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | sort(attribute='name') -%}
        {%- set built = [] -%}
        {%- for node in models if builds_now(node.name) -%}{%- do built.append(node.name) -%}{%- endfor -%}
        {%- set seen = seen_after([] if read_now else kept_names('unfinished_run'), built) -%}
        {%- set left_out = [] -%}
        {%- for node in models if node.config.materialized == 'incremental' and node.name not in seen + [model.name] -%}
            {%- do left_out.append(node.name) -%}
        {%- endfor -%}
        {%- if left_out and (read_now or has_uncounted_lines(arrivals)) -%}
            {{ exceptions.raise_compiler_error(
                ('this run' if read_now else 'an earlier run') ~ ' read new arrivals and left out ' ~ left_out | join(', ')
                ~ ', which would never see them: run dbt build without --select and --exclude, which reads them again '
                ~ '(add --exclude loads to a run that is meant to be a part)'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro has_uncounted_lines(arrivals) %}
    {%- if load_relation(this) is none -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query(
        'select arrival_hour, count(*) as line_count from ' ~ arrivals ~ ' group by 1'
        ~ ' except select arrival_hour, line_count from ' ~ this
    ).rows | length > 0) }}
{% endmacro %}
