{# When a run starts: makes sure that the incremental models that it builds, and that somebody may have added, keep the
   guarantee.

   - The ledger waits for them. Otherwise a run that ends between the two would leave them without what arrived.
   - They have a key, and a strategy that replaces rows. Otherwise what is read twice is stored twice.
   - They are in the ledger's database: the run state names tables by schema and name.
   - If they compute a part of their rows, it is the part of in_touched_dates() or in_touched_months(). Any other, such as what
     is newer than the newest row, misses late events and corrections. So does a merge that leaves out columns or dates, and
     columns that are made of values which a query found.
   - If it is also that of in_touched_hours(), they have one row for each event. A group would lose its earlier events.
   - A full refresh reaches them. #}
{% macro assert_models_can_be_run_again() %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {%- set waited_for = ancestors_of(ledger) + [ledger.name] -%}
    {%- set moves_ledger = not selected_resources or ledger.unique_id in selected_resources -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental'
        and (not selected_resources or node.unique_id in selected_resources) -%}
        {%- set problem = problem_of_rerun(node, ledger, moves_ledger and name_of_model(node) not in waited_for) -%}
        {%- if problem and 'arrivals' in ancestors_of(node) -%}
            {{ refuse_run(
                name_of_model(node) ~ ' is incremental and ' ~ problem ~ ", or use materialized='table' (docs/guide/adding-a-model.md)"
            ) }}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
