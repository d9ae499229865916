{# A pre-hook of arrivals: makes sure that a run which reads everything finds something, if the tables hold events. With a
   mistyped lake it would empty every table, and succeed. #}
{% macro assert_bronze_is_not_empty() %}
    {%- set bronze = source('bronze', 'events') -%}
    {%- if is_building() and notes_of_this_run().reads_everything and not var('allow_empty_bronze') -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.events'] -%}
        {%- set events = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if events is not none and run_query('select 1 from ' ~ events ~ ' limit 1').rows and bronze_is_empty(bronze) -%}
            {{ exceptions.raise_compiler_error(
                name_of_bronze(bronze) ~ ' holds no events, and this run would empty ' ~ events ~ ', which holds some: correct the '
                ~ "place, or, if the tables are to be emptied, add --vars '{allow_empty_bronze: true}'"
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
