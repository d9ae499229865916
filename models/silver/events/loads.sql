{# The ledger. One row per arrival hour: lines = accepted + duplicates + rejected. Built last, because it is the
   watermark: a run that is killed before it has moved nothing, and is simply run again. A rerun merges only what
   changed. #}
-- depends_on: {{ ref('rejected_events') }}
-- depends_on: {{ ref('product_funnel') }}
-- depends_on: {{ ref('product_popularity') }}
-- depends_on: {{ ref('category_daily_performance') }}
-- depends_on: {{ ref('daily_user_activity') }}
-- depends_on: {{ ref('hourly_revenue') }}
-- depends_on: {{ ref('transactions') }}
-- depends_on: {{ ref('clickstream_events') }}
{{ config(unique_key=['arrival_hour']) }}
{{ refuse_refresh_without_arrivals() }}
{{ refuse_ledger_of_a_part() }}
{{ note_tables_left_behind() }}

with

read_objects as (
    select
        arrival_hour,
        object_name,
        count(*) as line_count,
        count(reject_reason) as rejected_count
    from {{ ref('arrivals') }}
    group by 1, 2
),

read_hours as (
    select
        arrival_hour,
        count(*) as object_count,
        {{ dbt.hash(dbt.listagg('object_name', "','", 'order by object_name')) }} as object_digest,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(rejected_count) as bigint) as rejected_count
    from read_objects
    group by 1
),

hours as (
    select
        arrival_hour,
        object_count,
        object_digest,
        line_count,
        rejected_count
    from read_hours
    {% if is_incremental() %}
    union all
    -- a late copy can take a win from an hour that this run did not read
    select
        stored.arrival_hour,
        stored.object_count,
        stored.object_digest,
        stored.line_count,
        stored.rejected_count
    from {{ this }} as stored
    left join read_hours on stored.arrival_hour = read_hours.arrival_hour
    where read_hours.arrival_hour is null
    {% endif %}
),

wins as (
    select
        arrival_hour,
        cast(sum(accepted_count) as bigint) as accepted_count
    from {{ ref('event_loads') }}
    group by 1
),

final as (
    select
        hours.arrival_hour,
        hours.object_count,
        hours.object_digest,
        hours.line_count,
        coalesce(wins.accepted_count, 0) as accepted_count,
        hours.line_count - coalesce(wins.accepted_count, 0) - hours.rejected_count as duplicate_count,
        hours.rejected_count
    from hours
    left join wins on hours.arrival_hour = wins.arrival_hour
)

select * from final
{% if is_incremental() %}
except
select
    arrival_hour,
    object_count,
    object_digest,
    line_count,
    accepted_count,
    duplicate_count,
    rejected_count
from {{ this }}
{% endif %}
