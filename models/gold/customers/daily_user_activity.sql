{# One row per event date. A rerun changes nothing. No group can vanish, because an event never leaves its date. #}
{{ config(unique_key=['event_date'], partitioned_by=['event_date'], **replacing_rows()) }}

with

counts as (
    select
        event_date,
        count(distinct {{ visitor() }}) as unique_users,
        count(distinct session_id) as unique_sessions,
        count(*) as total_events
    from {{ ref('events') }}
    where {{ in_touched_dates() }}
    group by 1
),

final as (
    select
        event_date,
        unique_users,
        unique_sessions,
        total_events,
        {{ rate('total_events', 'unique_users') }} as events_per_user,
        {{ rate('unique_sessions', 'unique_users') }} as sessions_per_user
    from counts
)

select * from final
