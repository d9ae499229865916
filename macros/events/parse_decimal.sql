{# Text to decimal(18, 4); NULL where it does not match `form`, the door's pattern (ingestion/door/amounts.py). The form is
   checked first, because casts differ beyond it: DuckDB reads ' 1' and 1_000, Trino digits of any script.
   Where nothing matches, regexp_extract gives NULL on Athena and '' on DuckDB; neither is a number. #}
{% macro parse_decimal(text, form) -%}
    try_cast(regexp_extract({{ text }}, '^{{ form }}\z') as decimal(18, 4))
{%- endmacro %}
