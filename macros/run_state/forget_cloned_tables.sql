{# A pre-hook of every model, for `dbt clone`: forgets by which definition the rows were computed of what it replaces by a view
   of another schema's table. What is built on such a view does not follow the definitions of this schema, and the next build
   computes it anew. dbt clone runs no on-run-start. #}
{% macro forget_cloned_tables() %}
    {%- set notes = notes_of_this_run() -%}
    {%- if execute and flags.WHICH == 'clone' and not notes.is_loaded -%}
        {%- do notes.update({'is_loaded': true}) -%}
        {%- if load_relation(run_state_view()) is not none -%}
            {%- do read_run_state() -%}
            {%- set cloned = [] -%}
            {%- for id in selected_resources if id in graph.nodes and (flags.FULL_REFRESH or not stands(graph.nodes[id])) -%}
                {%- do cloned.append(graph.nodes[id].schema ~ '.' ~ graph.nodes[id].alias) -%}
            {%- endfor -%}
            {%- set kept = [] -%}
            {%- for record in recall('definitions') if record.rsplit('=', 1)[0] not in cloned -%}{%- do kept.append(record) -%}{%- endfor -%}
            {%- do remember('definitions', kept) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
