{# The events of all categories of a date add up to the events of the date. #}
with

categories as (
    select
        event_date,
        sum(total_events) as total_events
    from {{ ref('category_daily_performance') }}
    where {{ in_tested_dates() }}
    group by 1
),

days as (
    select
        event_date,
        total_events
    from {{ ref('daily_user_activity') }}
    where {{ in_tested_dates() }}
)

select
    days.event_date,
    days.total_events,
    categories.total_events as events_of_categories
from days
left join categories on days.event_date = categories.event_date
where days.total_events <> coalesce(categories.total_events, 0)
