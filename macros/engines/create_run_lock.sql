{# Creates a lock with these properties, or does nothing if it exists: whose it is must be read again (run_lock).
   Of two runs that create the table at the same moment, Glue lets one succeed, and IF NOT EXISTS hides the other's error:
   https://docs.aws.amazon.com/glue/latest/webapi/API_CreateTable.html (AlreadyExistsException). Athena does not charge for
   DDL: https://aws.amazon.com/athena/pricing/ #}
{% macro create_run_lock(name, properties) %}
    {%- set table = run_lock_table(name) -%}
    {%- if not adapter.check_schema_exists(table.database, table.schema) -%}{%- do adapter.create_schema(table) -%}{%- endif -%}
    {%- set texts = [] -%}
    {%- for property, value in properties.items() -%}
        {%- do texts.append("'" ~ property ~ "' = '" ~ modules.re.sub("[^\\w@.:/ -]", '_', value) ~ "'") -%}
    {%- endfor -%}
    {#- Athena asks for a folder; it stays empty -#}
    {%- set folder = (target.s3_data_dir or target.s3_staging_dir).rstrip('/') ~ '/run_lock/' -%}
    {%- do run_query(
        'create external table if not exists ' ~ table.render_hive() ~ " (run string) location '" ~ folder
        ~ "' tblproperties (" ~ texts | join(', ') ~ ')'
    ) -%}
{% endmacro %}
