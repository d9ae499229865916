{# A pre-hook of events: notes a new value of event_copies before the first table takes it up, as not finished. Should the
   run be killed, the tables are a mixture, and the next run is refused whatever its value is.
   A full refresh, a first build, and a run that reads everything because a table was lost get here with a new value. #}
{% macro remember_event_copies() %}
    {%- if execute and event_copies_of_tables() != [event_copies()] -%}
        {%- do remember('event_copies', [event_copies(), 'unfinished']) -%}
    {%- endif -%}
{% endmacro %}

{# A pre-hook of loads: every table has taken up the new value. Not the value of this run, which may build loads alone. #}
{% macro settle_event_copies() %}
    {%- if execute and 'unfinished' in recall('event_copies') -%}
        {%- do remember('event_copies', recall('event_copies') | reject('in', ['newest', 'unfinished']) | list) -%}
    {%- endif -%}
{% endmacro %}

{# The value that the tables were built with, and 'unfinished' if some of them were not yet. The default is not stored:
   without a record it is newest. #}
{% macro event_copies_of_tables() %}
    {{ return(recall('event_copies') or ['newest']) }}
{% endmacro %}
