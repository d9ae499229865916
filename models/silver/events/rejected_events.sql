{# One row per refused line. A rerun replaces the rows of the hours it reads by the same rows: identical lines of an
   hour are told apart by copy_number, which is stable because an hour is always read whole. #}
{{ config(
    unique_key=['arrival_date', 'arrival_hour', 'content_hash', 'copy_number'],
    partitioned_by=['arrival_date'],
) }}
{{ refuse_refresh_without_arrivals() }}

with

refused as (
    select
        cast(arrival_hour as date) as arrival_date,
        arrival_hour,
        {{ dbt.hash("concat_ws('|', reject_reason, event_id, origin, raw, extra)") }} as content_hash,
        reject_reason,
        event_id,
        received_at,
        origin,
        raw,
        extra
    from {{ ref('arrivals') }}
    where reject_reason is not null
),

final as (
    select
        arrival_date,
        arrival_hour,
        content_hash,
        row_number() over (partition by arrival_hour, content_hash order by received_at) as copy_number,
        reject_reason,
        event_id,
        received_at,
        origin,
        raw,
        extra
    from refused
)

select * from final
