{# A predicate of literal dates. Beyond a thousand the span between the first and the last, so that the statement stays
   far below the 262,144 bytes that Athena takes: https://docs.aws.amazon.com/athena/latest/ug/service-limits.html #}
{% macro one_of_dates(column, dates) -%}
    {%- if not dates -%}
        false
    {%- elif dates | length > 1000 -%}
        {{ column }} between date '{{ dates[0] }}' and date '{{ dates[-1] }}'
    {%- else -%}
        {{ column }} in (date '{{ dates | join("', date '") }}')
    {%- endif -%}
{%- endmacro %}
