{# Text in ISO 8601 to timestamp(6) in UTC. Digits beyond microseconds are cut, text without an offset is in UTC, and
   anything else becomes NULL.

   Arguments
       text: SQL expression of type varchar

   Example
       {{ parse_timestamp('event_time') }} as event_at
   renders to a CASE expression that checks the form of event_time before it casts

   The form is checked first, because beyond it the casts of the engines differ: DuckDB reads 2026-2-1, 24:00 and offsets
   of days, Trino week dates and a small t.
   Athena: from_iso8601_timestamp would keep milliseconds only, and the _nanos form rounds unless digits are cut:
   https://trino.io/docs/current/functions/datetime.html
   DuckDB: every time that the door writes has 27 characters, and strptime is the fastest way to read and check it. #}
{% macro parse_timestamp(text) %}
    {%- set form = '[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}([.][0-9]+)?'
        ~ '(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?' -%}
    {{ return(adapter.dispatch('parse_timestamp')(text, form)) }}
{% endmacro %}

{% macro duckdb__parse_timestamp(text, form) -%}
    case
        when length({{ text }}) = 27 and {{ text }} like '%Z' and {{ text }} >= '0'
            then try_strptime({{ text }}, '%Y-%m-%dT%H:%M:%S.%fZ')
        when regexp_full_match({{ text }}, '{{ form }}')
            then cast(try_cast({{ text }} as timestamptz) at time zone 'UTC' as timestamp)
    end
{%- endmacro %}

{% macro athena__parse_timestamp(text, form) -%}
    case
        when regexp_like({{ text }}, '^{{ form }}\z')
            then cast(
                try(from_iso8601_timestamp_nanos(regexp_replace({{ text }}, '([.][0-9]{6})[0-9]+', '$1'))) at time zone 'UTC'
                as timestamp(6)
            )
    end
{%- endmacro %}
