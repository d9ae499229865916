{# The predicate on dt and hour that selects what this run reads from bronze, as literals taken when the run starts.

   Arguments
       none

   Example
       from {{ source('bronze', 'events') }} where {{ bronze_window() }}
   renders to, on Athena and on DuckDB
       ... where dt between '2026-03-10' and '2026-03-10' and (dt > '2026-03-10' or hour >= '03') and ...
       ... where dt || ' ' || hour in ('2026-03-10 06')

   Athena can select by hours only: from the last loaded hour minus the lookback. (Its "$path" would read every byte.)
   DuckDB lists the lake and reads only the hours with more objects than the ledger counted, however old they are. If an
   hour has as many objects or fewer, and not the same ones, then objects were removed. Such an hour is not read, because
   new objects would be mixed with what the removed ones held. #}
{% macro bronze_window() %}
    {%- if not execute -%}{{ return('false') }}{%- endif -%}
    {%- if var('bronze_window') not in ['objects', 'hours'] -%}
        {{ exceptions.raise_compiler_error("bronze_window must be 'objects' or 'hours', not '" ~ var('bronze_window') ~ "'") }}
    {%- endif -%}
    {{ return(adapter.dispatch('bronze_window')(ledger_of_whole_history())) }}
{% endmacro %}

{% macro default__bronze_window(ledger) %}
    {{ return(hours_since_watermark(ledger)) }}
{% endmacro %}

{% macro duckdb__bronze_window(ledger) %}
    {%- if var('bronze_window') == 'hours' -%}{{ return(hours_since_watermark(ledger)) }}{%- endif -%}
    {%- if ledger is none -%}{{ return('true') }}{%- endif -%}
    {%- set lake = env_var('SHOPLAKE_LAKE', 'lake') | replace("'", "''") | replace('[', '[[]') -%}
    {%- set changed = run_query(
        "with listed as ("
        ~ "select regexp_extract(file, '.*dt=([^/]*)/hour=([^/]*)/', 1) || ' '"
        ~ " || regexp_extract(file, '.*dt=([^/]*)/hour=([^/]*)/', 2) as arrival_hour, count(*) as object_count, "
        ~ dbt.hash(dbt.listagg("parse_filename(file)", "','", "order by parse_filename(file)")) ~ " as object_digest"
        ~ " from glob('" ~ lake ~ "/bronze/events/dt=*/hour=*/*.gz') group by 1"
        ~ "), counted as ("
        ~ "select strftime(arrival_hour, '%Y-%m-%d %H') as arrival_hour, object_count, object_digest from " ~ ledger
        ~ ") select arrival_hour, coalesce(listed.object_count, 0) <= counted.object_count as is_missing"
        ~ " from listed full join counted using (arrival_hour)"
        ~ " where listed.object_digest is distinct from counted.object_digest order by 1"
    ).rows -%}
    {%- set missing = changed | selectattr('is_missing') | list -%}
    {%- if missing -%}
        {%- do log(
            'The lake lacks objects that were loaded before (the first in hour ' ~ missing[0]['arrival_hour'] ~ '). The '
            ~ 'tables keep their events, and objects that replaced the missing ones are not read; if the lake was '
            ~ 'replaced, run dbt build --full-refresh.',
            info=true
        ) -%}
    {%- endif -%}
    {%- set hours = changed | rejectattr('is_missing') | map(attribute='arrival_hour') | list -%}
    {{ return("dt || ' ' || hour in ('" ~ hours | join("', '") ~ "')" if hours else 'false') }}
{% endmacro %}
