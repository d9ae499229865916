{# The unique ids of what failed in this run, or in an earlier one and was not built or tested again. #}
{% macro still_failed(results) %}
    {%- set tried, failed = [], [] -%}
    {%- for result in results -%}
        {%- do tried.append(result.node.unique_id) -%}
        {%- if result.status in ['error', 'fail', 'runtime error', 'skipped'] -%}{%- do failed.append(result.node.unique_id) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(failed + recall('failed') | reject('in', tried) | select('in', graph.nodes) | list) }}
{% endmacro %}
