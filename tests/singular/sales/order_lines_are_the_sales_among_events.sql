{# Every purchase and refund of a date is an order line, and nothing else is. #}
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
        and {{ in_tested_dates() }}
    group by 1
    union all
    select
        event_date,
        0 as event_count,
        count(*) as line_count
    from {{ ref('order_lines') }}
    where {{ in_tested_dates() }}
    group by 1
) as counted
group by 1
having sum(event_count) <> sum(line_count)
