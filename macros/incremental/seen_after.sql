{# Which models have seen the present arrivals once `built` are built, where `seen` had before: a model only with or after
   all that it is made of. #}
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
