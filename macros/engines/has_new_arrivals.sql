{# Whether bronze holds objects that a build would read and the ledger does not know. Reads the names of the objects: on Athena
   in the hours that a build would read, with their lines, because it has no other way to list them.

   Arguments
       ledger: the relation of loads #}
{% macro has_new_arrivals(ledger) %}{{ return(adapter.dispatch('has_new_arrivals')(ledger)) }}{% endmacro %}

{% macro default__has_new_arrivals(ledger) %}
    {%- set sql -%}
        with

        objects as (
            select distinct
                cast(dt || ' ' || hour || ':00:00' as {{ timestamp_type() }}) as arrival_hour,
                regexp_replace({{ object_path() }}, '^.*/', '') as object_name
            from {{ bronze_relation() }}
            where {{ hours_since_watermark(ledger) }}
        )

        select arrival_hour, count(*) as object_count, {{ objects_digest('object_name') }} as object_digest
        from objects
        group by 1
        except
        select arrival_hour, object_count, object_digest from {{ ledger }}
    {%- endset -%}
    {{ return(run_query(sql).rows | length > 0) }}
{% endmacro %}

{% macro duckdb__has_new_arrivals(ledger) %}
    {%- do run_query(choose_objects(ledger)) -%}
    {{ return(run_query('select count(*) from (select unnest(chosen_objects(), recursive := true))').rows[0][0] > 0) }}
{% endmacro %}

{% macro bronze_relation() %}
    {%- set source = graph.sources.values() | selectattr('name', 'eq', 'events') | selectattr('source_name', 'eq', 'bronze') | first -%}
    {{ return(api.Relation.create(database=source.database, schema=source.schema, identifier=source.identifier)) }}
{% endmacro %}
