{# How large is the shop? One row: events, days, orders, revenue, refunds and currencies of all time. #}
with

activity as (
    select
        coalesce(sum(total_events), 0) as total_events,
        count(*) as day_count
    from {{ ref('daily_user_activity') }}
),

orders as (
    select count(distinct order_id) as order_count
    from {{ ref('transactions') }}
),

revenue as (
    select
        coalesce(sum(total_revenue), 0) as total_revenue,
        coalesce(sum(refunded_amount), 0) as refunded_amount
    from {{ ref('hourly_revenue') }}
),

currencies as (
    select distinct currency
    from {{ ref('order_lines') }}
    where currency is not null
),

-- amounts are added without conversion: more than one currency makes the revenue meaningless
currency_list as (
    select {{ dbt.listagg('currency', "', '", 'order by currency') }} as currencies
    from currencies
)

select
    activity.total_events,
    activity.day_count,
    orders.order_count,
    revenue.total_revenue,
    revenue.refunded_amount,
    currency_list.currencies
from activity
cross join orders
cross join revenue
cross join currency_list
