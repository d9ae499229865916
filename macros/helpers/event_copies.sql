{# Which of the copies of an event counts: the value of the variable event_copies, newest or oldest. A correction that a
   shop sends under the same event_id counts with newest; with oldest the first word is final.

   Arguments
       none

   Example
       {% set direction = 'desc' if event_copies() == 'newest' else 'asc' %}
   renders to
       nothing #}
{% macro event_copies() %}
    {%- if var('event_copies') not in ['newest', 'oldest'] -%}
        {{ exceptions.raise_compiler_error("event_copies must be 'newest' or 'oldest', not '" ~ var('event_copies') ~ "'") }}
    {%- endif -%}
    {{ return(var('event_copies')) }}
{% endmacro %}
