{# Bounds on dt and hour: from the last loaded hour minus the lookback (or from bronze_start) to the hour in which the run
   started. Both ends are bounded, because partition projection lists every hour of an
   open range:
   https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html #}
{% macro hours_since_watermark(ledger) %}
    {%- set datetime = modules.datetime.datetime -%}
    {#- YAML turns a day without quotes into a date -#}
    {%- set start = var('bronze_start') | string -%}
    {%- if not modules.re.fullmatch('[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])', start) -%}
        {{ exceptions.raise_compiler_error("bronze_start must be a day such as '2026-03-01', not '" ~ start ~ "'") }}
    {%- endif -%}
    {%- set first = datetime.strptime(start, '%Y-%m-%d') -%}
    {%- if ledger is not none -%}
        {#- not an hour of which nothing was read -#}
        {%- set last = run_query(
            'select cast(max(arrival_hour) as varchar) from ' ~ ledger ~ ' where object_count > 0'
        ).columns[0].values()[0] -%}
        {%- if last -%}
            {%- set first = datetime.strptime(last[:13], '%Y-%m-%d %H')
                - modules.datetime.timedelta(hours=whole_number('arrival_lookback_hours')) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set first_day, first_hour = first.strftime('%Y-%m-%d'), first.strftime('%H') -%}
    {%- set last_day, last_hour = run_started_at.strftime('%Y-%m-%d'), run_started_at.strftime('%H') -%}
    {{ return(
        "dt between '" ~ first_day ~ "' and '" ~ last_day ~ "'"
        ~ " and (dt > '" ~ first_day ~ "' or hour >= '" ~ first_hour ~ "')"
        ~ " and (dt < '" ~ last_day ~ "' or hour <= '" ~ last_hour ~ "')"
    ) }}
{% endmacro %}
