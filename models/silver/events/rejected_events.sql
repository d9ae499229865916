{# One row per rejected line. A rerun replaces the rows of the hours it reads with the same rows: copy_number tells
   identical lines of an hour apart, and is stable because an hour is always read as a whole. #}
{{ config(
    unique_key=['arrival_date', 'arrival_hour', 'content_hash', 'copy_number'],
    partitioned_by=['arrival_date'],
    pre_hook=["{{ assert_arrivals_hold_history() }}", "{{ assert_changed_history_is_read_again() }}"],
    **replacing_rows()
) }}

{% set content = ['reject_reason', 'event_id', 'origin', 'raw', 'extra'] %}

with

rejected as (
    select
        cast(arrival_hour as date) as arrival_date,
        arrival_hour,
        {{ row_hash(content) }} as content_hash,
        reject_reason,
        event_id,
        received_at,
        origin,
        raw,
        extra
    from {{ ref('arrivals') }}
    where reject_reason is not null and object_state is null
),

final as (
    select
        arrival_date,
        arrival_hour,
        content_hash,
        -- by every column: lines may differ under one hash, because MD5 collisions can be made
        row_number() over (
            partition by arrival_hour, content_hash
            order by received_at, {{ content | join(', ') }}
        ) as copy_number,
        reject_reason,
        event_id,
        received_at,
        origin,
        raw,
        extra
    from rejected
)

select * from final
