{# The names of the models that compute every row and do not know what their ancestors do: left out of this run, or of an
   earlier one. Of other incremental models, the ledger and their definitions tell. #}
{% macro still_behind(built) %}
    {%- set behind = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and name_of_model(node) not in built + ['arrivals', 'touched_dates']
        and (node.config.materialized == 'table' or node.config.get('computes_all')) -%}
        {%- if name_of_model(node) in recall('behind') or ancestors_of(node) | select('in', built) | list -%}
            {%- do behind.append(name_of_model(node)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(behind) }}
{% endmacro %}
