{# The query that lets the plugin compare the files of the lake with the ledger and choose what a run on DuckDB reads; it returns
   the first hour that lost objects. See ingestion/warehouse/chosen_objects.py. #}
{% macro choose_objects(ledger) %}
    {%- set by_hours = var('bronze_window') == 'hours' -%}
    with

    -- objects outside dt=/hour= are looked for to be named: nothing reads them
    files as (
        select
            file,
            regexp_extract(file, '.*/dt=([^/]*)/', 1) as dt,
            regexp_extract(file, '.*/hour=([^/]*)/', 1) as hour
        from glob(getvariable('bronze_objects_anywhere'))
    )

    select choose_objects(
        (
            select coalesce(list({
                'file': file, 'is_due': {{ hours_since_watermark(ledger) if by_hours else 'false' }}
            }), [])
            from files
        ),
        {%- if ledger is none %}
        [],
        {%- else %}
        (
            select coalesce(list({
                'arrival_hour': strftime(arrival_hour, '%Y-%m-%d %H'), 'object_count': object_count,
                'object_digest': object_digest, 'unreadable_objects': unreadable_objects
            }), [])
            from {{ ledger }}
        ),
        {%- endif %}
        {{ by_hours }}
    )
{% endmacro %}
