{# The hash of a model's definition and of those of all models that it is made of: as they are now where this run builds
   them (`built`, unique ids), and as they were when they were built where it does not. What is not there, or is read from
   another schema (--defer --favor-state), is unknown.
   `known` keeps what is found, for further calls with the same `built`. #}
{% macro definition_with_parents(node, built, known={}) %}
    {%- if node.unique_id not in known -%}
        {%- set own = notes_of_this_run().definitions[node.unique_id] -%}
        {%- set parts = [own.hash] -%}
        {%- for id in own.parents -%}
            {%- set parent = graph.nodes[id] -%}
            {%- if id in built or parent.config.materialized == 'ephemeral' -%}
                {%- do parts.append(definition_with_parents(parent, built, known)) -%}
            {%- elif invocation_args_dict.favor_state and invocation_args_dict.defer or not stands_as_built(parent) -%}
                {%- do parts.append('unknown') -%}
            {%- else -%}
                {%- do parts.append(definition_of_rows(parent) or 'unknown') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do known.update({node.unique_id: local_md5(parts | join(' '))}) -%}
    {%- endif -%}
    {{ return(known[node.unique_id]) }}
{% endmacro %}

{% macro stands(node) %}
    {{ return(adapter.get_relation(node.database, node.schema, node.alias) is not none) }}
{% endmacro %}

{# Whether what stands in a node's place may be what this project built: a view in place of a table is a clone. #}
{% macro stands_as_built(node) %}
    {{ return((stored_table(node) is not none) if node.config.materialized in ['table', 'incremental', 'seed'] else stands(node)) }}
{% endmacro %}

{# The definition by which the rows of a table were computed; none if that is not known. #}
{% macro definition_of_rows(node) %}
    {%- set start = node.schema ~ '.' ~ node.alias ~ '=' -%}
    {%- for record in recall('definitions') if record.startswith(start) -%}{{ return(record[start | length :]) }}{%- endfor -%}
    {{ return(none) }}
{% endmacro %}

{# The record of a definition in the run state: 'shoplake_gold.hourly_revenue=d41d8c...'. #}
{% macro record_of_definition(node, definition) %}
    {{ return(node.schema ~ '.' ~ node.alias ~ '=' ~ definition) }}
{% endmacro %}
