{# The name of a setting of an incremental model that may decide which rows a run keeps, and that this project does not know;
   nothing, if there is none. Names, because the next version of dbt or of an adapter may have another one: what is known
   to be harmless is listed, and the variable known_settings adds to it.

   Arguments
       node: a model of `graph`

   Settings of a merge are known by what replacing_groups and replacing_rows make of them. Any other condition, such as
   one that looks at prices, keeps rows that a rebuild would not have. #}
{% macro unknown_setting_of(node) %}
    {%- set of_dbt = [
        'access', 'alias', 'batch_size', 'begin', 'column_types', 'concurrent_batches', 'contract', 'database', 'docs',
        'enabled', 'event_time', 'freshness', 'full_refresh', 'grants', 'group', 'incremental_strategy', 'lookback',
        'materialized', 'meta', 'on_configuration_change', 'on_schema_change', 'packages', 'persist_docs', 'post-hook',
        'pre-hook', 'quoting', 'schema', 'static_analysis', 'tags', 'unique_key',
    ] -%}
    {%- set of_adapters = [
        'bucket_count', 'bucketed_by', 'file_format', 'force_batch', 'format', 'indexes', 'lf_grants', 'lf_inherited_tags',
        'lf_tags_config', 'native_drop', 'partitioned_by', 's3_data_dir', 's3_data_naming', 's3_tmp_table_dir',
        'table_properties', 'table_type', 'temp_schema', 'unique_tmp_table_suffix', 'write_compression',
    ] -%}
    {%- set of_this_project = ['computes_all', 'has_touched_dates'] -%}
    {%- set known = of_dbt + of_adapters + of_this_project + var('known_settings') + known_conditions(node.config) -%}
    {%- for name, value in node.config.items() if name not in known and value -%}{{ return(name) }}{%- endfor -%}
    {{ return('') }}
{% endmacro %}

{# The names of the settings of a merge that are as replacing_groups, replacing_rows and events have them. #}
{% macro known_conditions(config) %}
    {%- set found = modules.re.fullmatch('src\\.(\\w+) is not null', config.get('insert_condition') or '') -%}
    {%- set ours = replacing_groups(found[1]) if found else {} -%}
    {%- do ours.update(replacing_rows()) -%}
    {%- do ours.update({'update_condition': 'true'}) -%}
    {%- set names = [] -%}
    {%- for name, value in ours.items() if config.get(name) == value -%}{%- do names.append(name) -%}{%- endfor -%}
    {{ return(names) }}
{% endmacro %}
