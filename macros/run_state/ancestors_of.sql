{# The names of all models that a model depends on, directly or not. #}
{% macro ancestors_of(node) %}
    {%- set names = [] -%}
    {%- set waiting = [node] -%}
    {#- Jinja has no while, and a list that grows while it is read does the same -#}
    {%- for next in waiting -%}
        {%- for parent in next.depends_on.nodes if parent.startswith('model.') -%}
            {%- if graph.nodes[parent].name not in names -%}
                {%- do names.append(graph.nodes[parent].name) -%}
                {%- do waiting.append(graph.nodes[parent]) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
