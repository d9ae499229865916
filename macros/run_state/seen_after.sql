{# The models that have seen the current arrivals after the models `built` were built, given that the models `seen` had seen
   them before. A model counts only if all its ancestors that store rows had seen them by then: a view shows what they hold. #}
{% macro seen_after(seen, built) %}
    {%- set now = [] -%}
    {%- set models = graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | list -%}
    {%- set storing = [] -%}
    {%- for node in models if node.config.materialized not in ['view', 'ephemeral'] -%}{%- do storing.append(name_of_model(node)) -%}{%- endfor -%}
    {%- for node in models -%}
        {%- set name = name_of_model(node) -%}
        {%- set ancestors = ancestors_of(node) | select('in', storing) | list -%}
        {%- set is_kept = name in seen and not (ancestors | select('in', built) | list) -%}
        {%- set is_new = name in built and not (ancestors | reject('in', seen + built) | list) -%}
        {%- if is_kept or is_new -%}{%- do now.append(name) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(now) }}
{% endmacro %}
