{# When a run ends: says what it computed anew because the definition had changed, and what that cost. #}
{% macro report_rebuilt(done) %}
    {%- set costs = [] -%}
    {%- for result in done if result.node.name in notes_of_this_run().changed
        and notes_of_this_run().rebuilt.get(result.node.unique_id) and not flags.FULL_REFRESH -%}
        {%- set scanned = result.adapter_response.get('data_scanned_in_bytes') -%}
        {%- do costs.append(
            result.node.name ~ ' in ' ~ '%.1f' % result.execution_time ~ ' s'
            ~ (', ' ~ '%.1f' % (scanned / 1000000) ~ ' MB read' if scanned else '')
        ) -%}
    {%- endfor -%}
    {%- if costs -%}
        {%- do log('Computed anew because the definition had changed: ' ~ costs | join('; ') ~ '.', info=true) -%}
    {%- endif -%}
{% endmacro %}
