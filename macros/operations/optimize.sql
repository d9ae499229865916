{# `dbt run-operation optimize`: rewrites the partitions that merges have left with many files, and prints one line per
   table. A merge adds a data file and a delete file to every partition that it touches, and every query reads all of them.
   The table's metadata decides, so a table in order costs one small query. OPTIMIZE is billed by what it reads:
   https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html
   Athena has the same two thresholds as table properties, and counts delete files per data file instead of per partition.
   It may skip what is chosen here, so the number of files is printed before and after. #}
{% macro optimize() %}
    {%- set data_files, delete_files = whole_number('optimize_data_files'), whole_number('optimize_delete_files') -%}
    {%- for table in merged_tables('optimize') -%}
        {%- set before = iceberg_files(table) -%}
        {%- set chosen = [] -%}
        {%- for partition in before
            if partition.data_files >= data_files or partition.delete_files >= delete_files -%}
            {%- do chosen.append(partition.value) -%}
        {%- endfor -%}
        {%- if chosen -%}
            {%- do run_query(
                'alter table ' ~ table.name ~ " set tblproperties ('optimize_rewrite_data_file_threshold' = '" ~ data_files
                ~ "', 'optimize_rewrite_delete_file_threshold' = '" ~ delete_files ~ "')"
            ) -%}
        {%- endif -%}
        {#- one statement opens at most 100 partitions for writing -#}
        {%- for batch in chosen | batch(100) -%}
            {%- set only = '' if table.partition is none else ' where ' ~ in_literal_dates(table.partition, batch) -%}
            {%- do adapter.run_operation_with_potential_multiple_runs(
                'optimize ' ~ table.name ~ ' rewrite data using bin_pack' ~ only, 'optimize'
            ) -%}
        {%- endfor -%}
        {%- set counts = describe_files(before) -%}
        {%- if chosen -%}
            {%- do log(
                table.name ~ ': ' ~ chosen | length ~ ' of ' ~ before | length ~ ' partitions had many files, ' ~ counts
                ~ ' became ' ~ describe_files(iceberg_files(table)), info=true
            ) -%}
        {%- else -%}
            {%- do log(table.name ~ ': in order, ' ~ counts ~ ' in ' ~ before | length ~ ' partitions', info=true) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro describe_files(partitions) -%}
    {{ '{:,}'.format(partitions | sum(attribute='data_files')) }} data and {{ '{:,}'.format(
        partitions | sum(attribute='delete_files')) }} delete files
{%- endmacro %}
