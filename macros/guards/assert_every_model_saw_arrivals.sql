{# A pre-hook of loads, the ledger: makes sure that every incremental model has seen what the ledger is about to count as
   read. A model that was left out would never see it, because no later run reads it again. Nothing is lost by stopping:
   the next whole run reads the same hours again.
   A model that computes every row in every run may be left out.
   What a model has seen is known of this run, because the ledger is built last, and of an earlier run that read the same
   arrivals and saved its state. #}
{% macro assert_every_model_saw_arrivals() %}
    {%- set arrivals = ref('arrivals') -%}
    {%- if is_building() and not is_deferred(arrivals) -%}
        {%- set read_now = is_built_in_this_run('arrivals') -%}
        {%- set models = graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | sort(attribute='name') -%}
        {%- set built = [] -%}
        {%- for node in models if is_built_in_this_run(name_of_model(node)) -%}{%- do built.append(name_of_model(node)) -%}{%- endfor -%}
        {%- set seen = seen_after([] if read_now else recall('seen_by_models'), built) -%}
        {%- set left_out = [] -%}
        {%- for node in models if node.config.materialized == 'incremental' and not node.config.get('computes_all')
            and name_of_model(node) not in seen + [model.name] -%}
            {%- do left_out.append(name_of_model(node)) -%}
        {%- endfor -%}
        {%- if left_out and (read_now or has_uncounted_lines(arrivals)) -%}
            {{ exceptions.raise_compiler_error(
                ('This run' if read_now else 'An earlier run') ~ ' read new arrivals and left out ' ~ left_out | join(', ')
                ~ ', which would never see them: run dbt build without --select and --exclude, which reads them again '
                ~ '(add --exclude loads to a run that is meant to be a part)'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# Whether arrivals has lines that the ledger does not count. #}
{% macro has_uncounted_lines(arrivals) %}
    {%- if load_relation(this) is none -%}{{ return(true) }}{%- endif -%}
    {{ return(run_query(
        'select arrival_hour, count(*) as line_count from ' ~ arrivals ~ ' where object_state is null group by 1'
        ~ ' except select arrival_hour, line_count from ' ~ this
    ).rows | length > 0) }}
{% endmacro %}
