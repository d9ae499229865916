{# Every purchase and refund of the touched dates is an order line, and nothing else is. #}
{% set sales = "('purchase', 'refund')" %}

select
    event_date,
    sum(event_count) as event_count,
    sum(line_count) as line_count
from (
    select
        event_date,
        count(*) as event_count,
        0 as line_count
    from {{ ref('events') }}
    where event_type in {{ sales }}
        and {{ among_dates_of(ref('touched_dates')) }}
    group by 1
    union all
    select
        event_date,
        0 as event_count,
        count(*) as line_count
    from {{ ref('order_lines') }}
    where {{ among_dates_of(ref('touched_dates')) }}
    group by 1
) as counted
group by 1
having sum(event_count) <> sum(line_count)
