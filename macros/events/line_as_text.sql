{# The fields of a line of bronze as one text: name=value for every field that is not NULL.

   Arguments
       fields: list of column names

   Example
       {{ line_as_text(['event_id', 'price']) }}
   renders to
       concat_ws(' | ', 'event_id=' || event_id, 'price=' || price) #}
{% macro line_as_text(fields) -%}
    concat_ws(' | ', {% for field in fields %}'{{ field }}=' || {{ field }}{{ ', ' if not loop.last }}{% endfor %})
{%- endmacro %}
