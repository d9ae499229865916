{# The predicate that selects what this run reads from bronze.

   Arguments
       none

   Example
       from {{ source('bronze', 'events') }} where {{ bronze_window() }}
   renders to, on Athena and on DuckDB
       ... where dt between '2026-03-10' and '2026-03-10' and (dt > '2026-03-10' or hour >= '03') and ...
       ... where is_chosen(filename)

   Athena can select by hours only: from the last loaded hour minus the lookback, as literals taken when the run starts.
   (Its "$path" would read every byte.)
   DuckDB lists the lake, whose folder the plugin of profiles.yml knows. ingestion/warehouse/chosen_objects.py compares it with the ledger and chooses the hours with
   objects that the ledger does not know, however old they are; with bronze_window: hours, the hours that Athena would
   read. It leaves out objects that cannot be read, which would stop the run, until they are mended. An hour that lost
   objects is not read, because new objects would be mixed with what the lost ones held.
   DuckDB applies a function of the file's name to the list of files, before it opens one. #}
{% macro bronze_window() %}
    {%- if not execute -%}{{ return('false') }}{%- endif -%}
    {%- if is_defining() -%}{{ return('true') }}{%- endif -%}
    {%- if var('bronze_window') not in ['objects', 'hours'] -%}
        {{ exceptions.raise_compiler_error("bronze_window must be 'objects' or 'hours', not '" ~ var('bronze_window') ~ "'") }}
    {%- endif -%}
    {{ return(adapter.dispatch('bronze_window')(ledger_of_whole_history())) }}
{% endmacro %}

{% macro default__bronze_window(ledger) %}
    {{ return(hours_since_watermark(ledger)) }}
{% endmacro %}

{% macro duckdb__bronze_window(ledger) %}
    {#- to choose is to decompress whatever may be new: not while dbt compiles or documents -#}
    {%- if flags.WHICH not in ['compile', 'generate'] -%}
        {%- if not run_query("from duckdb_functions() where function_name = 'choose_objects'").rows -%}
            {{ exceptions.raise_compiler_error(
                'profiles.yml lacks the plugin ingestion.warehouse.single_writer: add it as profiles.yml.example has it'
            ) }}
        {%- endif -%}
        {%- set lake, is_missing, is_elsewhere, name = run_query(
            'select lake_folder(), lake_is_missing(), is_elsewhere(), name_that_is_no_text()'
        ).rows[0].values() -%}
        {%- if is_missing and is_elsewhere -%}
            {{ exceptions.raise_compiler_error(
                'there is no lake at ' ~ lake ~ ": a relative path counts from the current folder, which is not the "
                ~ "project's; run dbt in the project's folder, or set SHOPLAKE_LAKE and SHOPLAKE_WAREHOUSE to absolute paths"
            ) }}
        {%- endif -%}
        {%- if name -%}
            {{ exceptions.raise_compiler_error(
                'DuckDB cannot list bronze because of a name that is not UTF-8, ' ~ name ~ ': rename it, then build again'
            ) }}
        {%- endif -%}
        {%- set missing = run_query(choose_objects(ledger)).columns[0].values()[0] -%}
        {%- if missing -%}
            {%- do log(
                'The lake lacks objects that were loaded before (the first in hour ' ~ missing ~ '). The tables keep their '
                ~ 'events, and objects that replaced the missing ones are not read; if the lake was replaced, run '
                ~ 'dbt build --full-refresh.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return('is_chosen(filename)') }}
{% endmacro %}
