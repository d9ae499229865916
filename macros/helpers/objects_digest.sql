{# An aggregate: the MD5 of the sorted names of objects, by which the ledger knows what an arrival hour held.

   Arguments
       name: a column of names; NULL is not counted

   Example
       select arrival_hour, {{ objects_digest('object_name') }} as object_digest from objects group by 1
   renders to, on DuckDB
       md5(cast(string_agg(object_name, ',' order by object_name) as TEXT)) as object_digest

   ingestion/warehouse/chosen_objects.py computes the same. #}
{% macro objects_digest(name) -%}
    {{ dbt.hash(dbt.listagg(name, "','", 'order by ' ~ name)) }}
{%- endmacro %}
