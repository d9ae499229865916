{# `dbt run-operation vacuum`: deletes the snapshots that are older than vacuum_snapshot_hours, with the files that only they
   use, and prints one line per table. After it, no query can read the table as of an earlier time.
   Every run adds a snapshot to every table that it touches. A table without old snapshots costs one small query.
   https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html #}
{% macro vacuum() %}
    {%- set hours = whole_number('vacuum_snapshot_hours') -%}
    {%- for table in merged_tables('vacuum') -%}
        {%- set count = "select count(*), count_if(committed_at < current_timestamp - interval '" ~ hours ~ "' hour) from "
            ~ table.metadata ~ 'snapshots"' -%}
        {%- set all, old = run_query(count).rows[0].values() -%}
        {%- if all | int == 1 -%}
            {%- do log(table.name ~ ': one snapshot, the current one', info=true) -%}
        {%- elif old | int == 0 -%}
            {%- do log(table.name ~ ': ' ~ all ~ ' snapshots, none older than ' ~ hours ~ ' hours', info=true) -%}
        {%- else -%}
            {%- do run_query(
                'alter table ' ~ table.name ~ " set tblproperties ('vacuum_max_snapshot_age_seconds' = '" ~ hours * 3600 ~ "')"
            ) -%}
            {#- Athena removes a part per statement and asks for more runs; the adapter repeats it -#}
            {%- do adapter.run_operation_with_potential_multiple_runs('vacuum ' ~ table.name, 'vacuum') -%}
            {%- do log(table.name ~ ': ' ~ all ~ ' snapshots became ' ~ run_query(count).rows[0][0], info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}
