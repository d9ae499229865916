{# Select list of the model's stored table for a model whose columns may grow. A column that the table does not have yet is
   NULL: dbt adds it only after the query has run.

   Arguments
       columns: list of column names

   Example
       select {{ stored_columns(['event_id', 'loyalty_tier']) }} from {{ this }}
   renders to, before the table has loyalty_tier
       select event_id, null as loyalty_tier from "warehouse"."shoplake_silver"."events"

   The NULL gets its type from the arrivals in the same union. In a unit test there is no table, and the fixture has the
   columns. #}
{% macro stored_columns(columns) %}
    {#- in a unit test, this is the name of a fixture -#}
    {%- set stored = load_relation(this) if execute and this is not string else none -%}
    {%- if stored is none -%}{{ return(columns | join(', ')) }}{%- endif -%}
    {%- set known = adapter.get_columns_in_relation(stored) | map(attribute='name') | list -%}
    {%- set expressions = [] -%}
    {%- for column in columns -%}
        {%- do expressions.append(column if column in known else 'null as ' ~ column) -%}
    {%- endfor -%}
    {{ return(expressions | join(', ')) }}
{% endmacro %}
