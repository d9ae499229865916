{# The files of an Iceberg table by partition: value (text, '' in a table without partitions), data_files, delete_files. They
   are read from its metadata, where the path of a file names its partition:
   https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html #}
{% macro iceberg_files(table) %}
    {%- set value = "coalesce(regexp_extract(file_path, '" ~ table.partition ~ "=([^/]+)/', 1), '')" -%}
    {%- set files = run_query(
        'select ' ~ value ~ ', count_if(content = 0), count_if(content <> 0) from ' ~ table.metadata ~ 'files" group by 1'
    ) -%}
    {%- set partitions = [] -%}
    {%- for row in files.rows -%}
        {%- do partitions.append({'value': row[0], 'data_files': row[1] | int, 'delete_files': row[2] | int}) -%}
    {%- endfor -%}
    {{ return(partitions) }}
{% endmacro %}
