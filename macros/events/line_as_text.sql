{# What a line of bronze said, as text: name=value for every field that it had. #}
{% macro line_as_text(fields) -%}
    concat_ws(' | ', {% for field in fields %}'{{ field }}=' || {{ field }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
