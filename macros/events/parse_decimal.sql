{# Text to decimal(18, 4). NULL if it does not match `form`, which is the pattern of the door (ingestion/door/amounts.py).

   Arguments
       text: SQL expression of type varchar
       form: regular expression that the whole text must match

   Example
       {{ parse_decimal('quantity', '[0-9]+') }}
   renders to
       try_cast(regexp_extract(quantity, '^[0-9]+\z') as decimal(18, 4))

   The form is checked first, because beyond it the casts of the engines differ: DuckDB reads ' 1' and 1_000, Trino digits
   of any script. If nothing matches, regexp_extract returns NULL on Athena and '' on DuckDB, and neither is a number. #}
{% macro parse_decimal(text, form) -%}
    try_cast(regexp_extract({{ text }}, '^{{ form }}\z') as decimal(18, 4))
{%- endmacro %}
