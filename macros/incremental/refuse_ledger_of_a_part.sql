{# Stops the ledger where a run read new arrivals and left a model out: the ledger says "read", and no later run would
   bring these arrivals to that model. Nothing is lost by stopping, the next whole run reads the same hours again. #}
{% macro refuse_ledger_of_a_part() %}
    {%- if execute and flags.WHICH in ('run', 'build') and model.resource_type == 'model'
        and 'model.' ~ project_name ~ '.arrivals' in selected_resources -%}
        {%- set left_out = [] -%}
        {%- for node in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | sort(attribute='name')
            if node.config.materialized == 'incremental' and node.unique_id not in selected_resources -%}
            {%- do left_out.append(node.name) -%}
        {%- endfor -%}
        {%- if left_out -%}
            {{ exceptions.raise_compiler_error(
                'this run read new arrivals and left out ' ~ left_out | join(', ') ~ ', which would never see them: '
                ~ 'run dbt build without --select and --exclude (add --exclude loads to a run that is meant to be a part)'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
