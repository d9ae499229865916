{# The names of all models that a model depends on, directly, through other models or through snapshots. #}
{% macro ancestors_of(node) %}
    {%- set names = [] -%}
    {%- set seen = [] -%}
    {%- set waiting = [node] -%}
    {#- Jinja has no while, and a list that grows while it is read does the same -#}
    {%- for next in waiting -%}
        {%- for id in next.depends_on.nodes if id not in seen and id.split('.')[0] in ['model', 'snapshot'] -%}
            {%- do seen.append(id) -%}
            {%- do waiting.append(graph.nodes[id]) -%}
            {%- if id.startswith('model.') -%}{%- do names.append(name_of_model(graph.nodes[id])) -%}{%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
