{# The predicate on dt and hour that names what this run reads of bronze: literals, taken when the run starts.
   Athena knows hours only: from the last loaded hour less the lookback (its "$path" costs a read of every byte).
   DuckDB lists the lake, and reads just the hours whose objects the ledger has not counted, however old. #}
{% macro bronze_window() %}
    {%- if not execute -%}{{ return('false') }}{%- endif -%}
    {{ return(adapter.dispatch('bronze_window')(ledger_of_whole_history())) }}
{% endmacro %}

{% macro default__bronze_window(ledger) %}
    {{ return(hours_since_watermark(ledger)) }}
{% endmacro %}

{% macro duckdb__bronze_window(ledger) %}
    {%- if var('bronze_window') == 'hours' -%}{{ return(hours_since_watermark(ledger)) }}{%- endif -%}
    {%- if ledger is none -%}{{ return('true') }}{%- endif -%}
    {%- set hours = run_query(
        "with listed as ("
        ~ "select regexp_extract(file, '.*dt=([^/]*)/hour=([^/]*)/', 1) || ' '"
        ~ " || regexp_extract(file, '.*dt=([^/]*)/hour=([^/]*)/', 2) as arrival_hour, count(*) as object_count"
        ~ " from glob('" ~ env_var('SHOPLAKE_LAKE', 'lake') ~ "/bronze/events/dt=*/hour=*/*.gz') group by 1"
        ~ ") select listed.arrival_hour from listed left join " ~ ledger ~ " as ledger"
        ~ " on listed.arrival_hour = strftime(ledger.arrival_hour, '%Y-%m-%d %H')"
        ~ " where ledger.object_count is distinct from listed.object_count order by 1"
    ).columns[0].values() -%}
    {{ return("dt || ' ' || hour in ('" ~ hours | join("', '") ~ "')" if hours else 'false') }}
{% endmacro %}
