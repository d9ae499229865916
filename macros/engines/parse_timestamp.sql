{# Text in ISO 8601 to timestamp(6) in UTC; NULL where it is not one.
   Athena: from_iso8601_timestamp would keep milliseconds only, the _nanos form keeps all:
   https://trino.io/docs/current/functions/datetime.html.
   DuckDB: a cast to plain timestamp drops an offset, and one to timestamptz asks the ICU library, at a price; text that
   ends with Z, as the door writes it, can do without. #}
{% macro parse_timestamp(text) %}{{ return(adapter.dispatch('parse_timestamp')(text)) }}{% endmacro %}

{% macro duckdb__parse_timestamp(text) -%}
    case
        when {{ text }} like '%Z' then try_cast({{ text }} as timestamp)
        else cast(try_cast({{ text }} as timestamptz) at time zone 'UTC' as timestamp)
    end
{%- endmacro %}

{% macro athena__parse_timestamp(text) -%}
    cast(try(from_iso8601_timestamp_nanos({{ text }})) at time zone 'UTC' as timestamp(6))
{%- endmacro %}
