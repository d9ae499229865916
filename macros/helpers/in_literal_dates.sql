{# A predicate of literal dates: in_literal_dates('event_date', ['2026-03-10']) renders to
   event_date in (date '2026-03-10'), and no dates render to false. Beyond a thousand dates it is the span from the first
   to the last, which keeps the statement far below the 262,144 bytes that Athena takes:
   https://docs.aws.amazon.com/athena/latest/ug/service-limits.html #}
{% macro in_literal_dates(column, dates) -%}
    {%- if not dates -%}
        false
    {%- elif dates | length > 1000 -%}
        {{ column }} between date '{{ dates[0] }}' and date '{{ dates[-1] }}'
    {%- else -%}
        {{ column }} in (date '{{ dates | join("', date '") }}')
    {%- endif -%}
{%- endmacro %}
