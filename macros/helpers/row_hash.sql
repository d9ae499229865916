{# MD5 of several columns. Rows differ in it if any column differs: NULL is not '', and what ends one column cannot begin
   the next, because each text stands behind its length.

   Arguments
       columns: list of column names

   Example
       {{ row_hash(['origin', 'raw']) }} as content_hash
   renders to, on DuckDB
       md5(cast(coalesce(cast(length(cast(origin as varchar)) as varchar) || ':' || cast(origin as varchar), '-')
       || coalesce(cast(length(cast(raw as varchar)) as varchar) || ':' || cast(raw as varchar), '-') as TEXT)) as content_hash

   The engines agree on it for text only: they write times and decimals differently. #}
{% macro row_hash(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- set text = 'cast(' ~ column ~ ' as varchar)' -%}
        {%- do parts.append("coalesce(cast(length(" ~ text ~ ") as varchar) || ':' || " ~ text ~ ", '-')") -%}
    {%- endfor -%}
    {{ dbt.hash(parts | join(' || ') if parts else "''") }}
{%- endmacro %}
