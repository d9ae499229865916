{# The fields that an accepted event can have, in the order of the contract.

   Arguments
       none

   Example
       {% for field in event_fields() %}{{ field }}, {% endfor %}
   renders to
       event_id, event_type, event_time, received_at, user_id, ..., extra,

   They are the columns that the bronze source declares, less those that only a rejected line has. `make contract` writes
   the source's columns from ingestion/event.py, so a field that is added there reaches arrivals and events by itself.
   While dbt parses there is no graph, and no list is needed. #}
{% macro event_fields() %}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set declared = graph.sources['source.' ~ project_name ~ '.bronze.events'].columns -%}
    {{ return(declared | reject('in', ['reject_reason', 'raw', 'origin', 'dt', 'hour']) | list) }}
{% endmacro %}
