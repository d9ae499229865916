{# At which hours does the shop earn most? Revenue by UTC hour, of all days and of an average day, the best first. #}
with

days as (
    select count(distinct event_date) as day_count
    from {{ ref('hourly_revenue') }}
)

select
    event_hour,
    sum(total_revenue) as total_revenue,
    cast(sum(total_revenue) as double) / max(days.day_count) as revenue_per_day,
    sum(order_count) as order_count
from {{ ref('hourly_revenue') }}
cross join days
group by 1
order by 2 desc, 1
