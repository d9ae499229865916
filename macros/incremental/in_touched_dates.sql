{# True for the rows that a rerun computes again: those of the event dates that arrived; every row on a first build.
   ref() stands before the `if`: while dbt parses, is_incremental() is false, and a ref inside would be missing from
   the graph. Arrivals of this run with the dates of an earlier one would not meet what is stored. #}
{% macro in_touched_dates() %}
    {%- set touched = ref('touched_dates') -%}
    {%- if execute and is_incremental() and flags.WHICH in ('run', 'build') and model.resource_type == 'model'
        and 'model.' ~ project_name ~ '.arrivals' in selected_resources
        and 'model.' ~ project_name ~ '.touched_dates' not in selected_resources -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ' would read new arrivals with the touched_dates of an earlier run: select touched_dates too, or '
            ~ 'arrivals+'
        ) }}
    {%- endif -%}
    {%- if is_incremental() -%}{{ among_dates_of(touched) }}{%- else -%}true{%- endif -%}
{% endmacro %}
