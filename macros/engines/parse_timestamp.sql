{# Text in ISO 8601 to timestamp(6) in UTC; NULL where it is not one.
   Athena: from_iso8601_timestamp would keep milliseconds only, the _nanos form keeps all:
   https://trino.io/docs/current/functions/datetime.html. DuckDB: a cast to plain timestamp would drop the offset. #}
{% macro parse_timestamp(text) %}{{ return(adapter.dispatch('parse_timestamp')(text)) }}{% endmacro %}

{% macro duckdb__parse_timestamp(text) -%}
    cast(try_cast({{ text }} as timestamptz) at time zone 'UTC' as timestamp)
{%- endmacro %}

{% macro athena__parse_timestamp(text) -%}
    cast(try(from_iso8601_timestamp_nanos({{ text }})) at time zone 'UTC' as timestamp(6))
{%- endmacro %}
