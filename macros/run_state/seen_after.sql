{# The models that have seen the current arrivals after the models `built` were built, given that the models `seen` had seen
   them before. A model counts only if all its ancestors had seen them by then. #}
{% macro seen_after(seen, built) %}
    {%- set now = [] -%}
    {%- for node in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') -%}
        {%- set ancestors = ancestors_of(node) -%}
        {%- set is_kept = node.name in seen and not (ancestors | select('in', built) | list) -%}
        {%- set is_new = node.name in built and not (ancestors | reject('in', seen + built) | list) -%}
        {%- if is_kept or is_new -%}{%- do now.append(node.name) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{% endmacro %}
