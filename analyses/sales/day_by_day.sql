{# How is it going? Visitors, orders and revenue of every day, the latest first. #}
with

revenue as (
    select
        event_date,
        sum(order_count) as order_count,
        sum(total_revenue) as total_revenue,
        sum(refunded_amount) as refunded_amount
    from {{ ref('hourly_revenue') }}
    group by 1
)

select
    activity.event_date,
    activity.unique_users,
    activity.unique_sessions,
    activity.total_events,
    coalesce(revenue.order_count, 0) as order_count,
    coalesce(revenue.total_revenue, 0) as total_revenue,
    coalesce(revenue.refunded_amount, 0) as refunded_amount
from {{ ref('daily_user_activity') }} as activity
left join revenue on activity.event_date = revenue.event_date
order by 1 desc
