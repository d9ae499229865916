{# What the maintenance of the tables is decided by, for `shoplake doctor`: the partitions that optimize would rewrite, and the
   snapshots that vacuum would delete, by table; and how many objects were loaded of the newest hours. Three queries on
   Athena, which read metadata and the ledger; nothing on DuckDB. #}
{% macro maintenance_facts() %}{{ return(adapter.dispatch('maintenance_facts')()) }}{% endmacro %}

{% macro default__maintenance_facts() %}{{ return({}) }}{% endmacro %}

{% macro athena__maintenance_facts() %}
    {%- set files, snapshots = [], [] -%}
    {%- for table in merged_tables('maintain') -%}
        {%- do files.append(
            "select '" ~ table.name ~ "' as name, regexp_extract(file_path, '" ~ table.partition ~ "=([^/]+)/', 1) as part, "
            ~ 'count_if(content = 0) as data_files, count_if(content <> 0) as delete_files from ' ~ table.metadata ~ 'files" group by 1, 2'
        ) -%}
        {%- do snapshots.append(
            "select '" ~ table.name ~ "' as name, count(*) as snapshots, count_if(committed_at < current_timestamp - interval '"
            ~ whole_number('vacuum_snapshot_hours') ~ "' hour) as old_snapshots from " ~ table.metadata ~ 'snapshots"'
        ) -%}
    {%- endfor -%}
    {%- set found = {'files': [], 'snapshots': [], 'recent_hours': recent_hours()} -%}
    {%- if files -%}
        {%- for row in run_query(
            'select name, count_if(data_files >= ' ~ whole_number('optimize_data_files') ~ ' or delete_files >= '
            ~ whole_number('optimize_delete_files') ~ '), count(*) from (' ~ files | join(' union all ') ~ ') group by 1 order by 1'
        ).rows -%}
            {%- do found.files.append({'name': row[0], 'many': row[1] | int, 'partitions': row[2] | int}) -%}
        {%- endfor -%}
        {%- for row in run_query(snapshots | join(' union all ')).rows -%}
            {%- do found.snapshots.append({'name': row[0], 'count': row[1] | int, 'old': row[2] | int}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(found) }}
{% endmacro %}

{% macro recent_hours() %}
    {%- set ledger = stored_table(graph.nodes['model.' ~ project_name ~ '.loads']) -%}
    {%- set hours = [] -%}
    {%- if ledger is not none -%}
        {%- for row in run_query(
            'select cast(arrival_hour as varchar), object_count from ' ~ ledger ~ ' order by arrival_hour desc limit 200'
        ).rows -%}
            {%- do hours.append({'arrival_hour': row[0], 'object_count': row[1] | int}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(hours) }}
{% endmacro %}
