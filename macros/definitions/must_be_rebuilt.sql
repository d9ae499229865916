{# Whether the rows of a model's table must be computed anew, all of them: its definition changed, or that of a model that
   it is made of, or it is not known by which definition they were computed, or the table went stale while its model was
   away. Called when the model's turn has come. #}
{% macro must_be_rebuilt(node) %}
    {%- set notes = notes_of_this_run() -%}
    {%- if node.unique_id not in notes.definitions or flags.WHICH not in ('run', 'build', 'seed') -%}{{ return(false) }}{%- endif -%}
    {%- if node.schema ~ '.' ~ node.alias in recall('stale_tables') -%}{{ return(true) }}{%- endif -%}
    {%- if on_changed_definition() == 'accept' -%}{{ return(false) }}{%- endif -%}
    {%- if node.unique_id not in notes.rebuilt -%}
        {%- set now = definition_with_parents(node, built_in_this_run()) -%}
        {%- do notes.rebuilt.update({node.unique_id: definition_of_rows(node) != now}) -%}
    {%- endif -%}
    {{ return(notes.rebuilt[node.unique_id]) }}
{% endmacro %}

{# dbt's macro of this name, which decides whether an incremental model is built as if for the first time, and whether the
   table of a seed is created anew. Macros of the root project take precedence over dbt's:
   https://docs.getdbt.com/reference/dbt-jinja-functions/dispatch #}
{% macro should_full_refresh() %}
    {%- set is_asked_for = dbt.should_full_refresh() -%}
    {{ return(
        is_asked_for or execute and model.config.materialized in ['incremental', 'seed'] and must_be_rebuilt(model)
    ) }}
{% endmacro %}
