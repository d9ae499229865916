{# How does the shop develop? Visitors, orders and revenue of every day, the latest first. #}
with

-- from the purchase lines, because an order whose lines fall into two hours counts once a day
orders as (
    select
        event_date,
        count(distinct order_id) as order_count,
        sum(total_amount) as total_revenue
    from {{ ref('transactions') }}
    group by 1
),

refunds as (
    select
        event_date,
        sum(refunded_amount) as refunded_amount
    from {{ ref('hourly_revenue') }}
    group by 1
)

select
    activity.event_date,
    activity.unique_users,
    activity.unique_sessions,
    activity.total_events,
    coalesce(orders.order_count, 0) as order_count,
    coalesce(orders.total_revenue, 0) as total_revenue,
    coalesce(refunds.refunded_amount, 0) as refunded_amount
from {{ ref('daily_user_activity') }} as activity
left join orders on activity.event_date = orders.event_date
left join refunds on activity.event_date = refunds.event_date
order by 1 desc
