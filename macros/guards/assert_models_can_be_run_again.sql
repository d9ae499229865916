{# When a run starts: makes sure that the incremental models that it builds, and that somebody may have added, keep the
   guarantee.

   - The ledger waits for them. Otherwise a run that ends between the two would leave them without what arrived.
   - They have a key, and a strategy that replaces rows. Otherwise what is read twice is stored twice.
   - They are in the ledger's database: the run state names tables by schema and name.
   - If they compute a part of their rows, it is the part of in_touched_dates(). Any other, such as what is newer than the
     newest row, misses late events and corrections. #}
{% macro assert_models_can_be_run_again() %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {%- set waited_for = ancestors_of(ledger) + [ledger.name] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | sort(attribute='name')
        if node.config.materialized == 'incremental' and 'arrivals' in ancestors_of(node) -%}
        {%- set is_built = not selected_resources or node.unique_id in selected_resources -%}
        {%- set problem = problem_of_rerun(node) if is_built else '' -%}
        {%- if node.database != ledger.database -%}
            {{ exceptions.raise_compiler_error(
                node.name ~ ' is incremental and in another database than loads, the ledger (' ~ node.database ~ ', not '
                ~ ledger.database ~ '): take database out of its configuration, or use materialized=\'table\''
            ) }}
        {%- endif -%}
        {%- if problem -%}
            {{ exceptions.raise_compiler_error(
                node.name ~ ' is incremental and ' ~ problem ~ " (docs/guide/adding-a-model.md), or use materialized='table'"
            ) }}
        {%- endif -%}
        {%- if node.name not in waited_for and not node.config.get('computes_all')
            and (not selected_resources or ledger.unique_id in selected_resources) -%}
            {{ exceptions.raise_compiler_error(
                node.name ~ ' is incremental and not built before loads, the ledger, so a run that ends between the two would '
                ~ "leave it without what arrived: add it to macros/helpers/models_before_the_ledger.sql, or use materialized='table'"
            ) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{# What keeps an incremental model from being run again, and what to do, for the middle of a sentence; nothing, if nothing
   does. #}
{% macro problem_of_rerun(node) %}
    {%- set strategy = node.config.incremental_strategy -%}
    {%- if strategy in ['append', 'microbatch'] -%}
        {{ return('has the strategy ' ~ strategy ~ ', which stores twice what is read twice, or misses what is late: use merge') }}
    {%- elif strategy in ['merge', 'delete+insert'] and not node.config.unique_key -%}
        {{ return('has no unique_key, so what is read twice would be stored twice: configure it') }}
    {%- endif -%}
    {%- set texts = [node.raw_code] -%}
    {%- for macro in macros_of(node.raw_code) -%}{%- do texts.append(macro.macro_sql) -%}{%- endfor -%}
    {%- set text = without_comments(texts | join('\n')) -%}
    {%- if modules.re.search('\\bis_incremental\\b', text) and not modules.re.search('\\bin_touched_dates\\b', text)
        and not node.config.get('computes_all') and 'model.' ~ project_name ~ '.arrivals' not in node.depends_on.nodes -%}
        {{ return(
            'computes a part of its rows that in_touched_dates() does not choose, so late events and corrections would be '
            ~ "missing: use where {{ in_touched_dates() }}, or replacing_groups(of='all') if it computes every row"
        ) }}
    {%- endif -%}
    {{ return('') }}
{% endmacro %}
