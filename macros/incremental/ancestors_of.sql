{# The names of all models that a model is made of, as deep as they go. #}
{% macro ancestors_of(node) %}
    {%- set known = 'ancestors of ' ~ node.unique_id -%}
    {%- if known not in graph -%}
        {%- set found = [] -%}
        {%- for parent in node.depends_on.nodes if parent.startswith('model.') -%}
            {%- do found.append(graph.nodes[parent].name) -%}
            {%- do found.extend(ancestors_of(graph.nodes[parent])) -%}
        {%- endfor -%}
        {%- do graph.update({known: found | unique | list}) -%}
    {%- endif -%}
    {{ return(graph[known]) }}
{% endmacro %}
