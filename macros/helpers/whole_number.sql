{# The value of a variable that must be a whole number. Jinja's `int` makes 0 of anything else, and a wrong 0 or a negative
   number would skip arrivals or delete snapshots. #}
{% macro whole_number(variable) %}
    {%- set text = var(variable) | string -%}
    {%- if not modules.re.fullmatch('[0-9]{1,6}', text) -%}
        {{ exceptions.raise_compiler_error(variable ~ " is a whole number from 0 to 999999, not '" ~ text ~ "'") }}
    {%- endif -%}
    {{ return(text | int) }}
{% endmacro %}
