{# A pre-hook of the models that read arrivals, and of arrivals: makes sure that a changed definition of theirs meets the
   whole history. Their tables cannot be computed anew from what is in the warehouse, because arrivals holds the lines of
   one run only. #}
{% macro assert_changed_history_is_read_again() %}
    {%- if is_building() and (model.schema ~ '.' ~ model.alias) not in notes_of_this_run().samples -%}
        {%- if model.name == 'arrivals' -%}
            {%- do notes_of_this_run().update({'reads_everything': ledger_of_whole_history() is none}) -%}
        {%- endif -%}
        {%- set changed = [] -%}
        {%- for name in ['arrivals'] + models_that_read_arrivals() if model.name in ['arrivals', name] -%}
            {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ name] -%}
            {%- if must_be_rebuilt(node) and stored_table(node) -%}{%- do changed.append(name) -%}{%- endif -%}
        {%- endfor -%}
        {%- if changed and not holds_whole_history() -%}
            {{ exceptions.raise_compiler_error(
                'The rows of ' ~ changed | join(', ') ~ ' were computed by another definition than that of today (SQL, macros, '
                ~ 'variables, fields of the event), or by a run that did not finish, and only bronze holds the lines that are '
                ~ 'needed to compute them anew: run dbt build --full-refresh once, or undo the change'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# The incremental models that read arrivals. #}
{% macro models_that_read_arrivals() %}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | sort(attribute='name')
        if node.config.materialized == 'incremental' and 'model.' ~ project_name ~ '.arrivals' in node.depends_on.nodes -%}
        {%- do names.append(name_of_model(node)) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}

{# Whether arrivals holds every line of bronze: this run read them from the start, or a full refresh before it did. #}
{% macro holds_whole_history() %}
    {%- if is_built_in_this_run('arrivals') -%}{{ return(notes_of_this_run().reads_everything) }}{%- endif -%}
    {{ return(recall('arrivals_hold_history') | length > 0) }}
{% endmacro %}
