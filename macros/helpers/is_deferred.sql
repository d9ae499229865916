{# Whether a model's relation is that of another schema, because `--defer` put it in the place of one that is not built.

   Arguments
       relation: what ref() returned

   Example
       {% if is_deferred(ref('arrivals')) %}...{% endif %}
   renders to
       nothing #}
{% macro is_deferred(relation) %}
    {#- a unit test has no graph, and no other schema -#}
    {%- if not execute or graph.nodes is not defined -%}{{ return(false) }}{%- endif -%}
    {%- set ours = [] -%}
    {%- for node in graph.nodes.values() -%}{%- do ours.append(node.relation_name) -%}{%- endfor -%}
    {{ return(relation | string not in ours) }}
{% endmacro %}
