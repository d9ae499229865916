{# The columns of events, but has_conflicting_copies, in their order: the fields of the event, with its time as a timestamp.

   Arguments
       none

   Example
       {{ event_columns() | join(', ') }}
   renders to
       event_date, event_id, event_type, event_at, received_at, ..., extra, arrival_hour #}
{% macro event_columns() %}
    {%- set columns = ['event_date'] -%}
    {%- for field in event_fields() -%}{%- do columns.append('event_at' if field == 'event_time' else field) -%}{%- endfor -%}
    {{ return(columns + ['arrival_hour']) }}
{% endmacro %}
