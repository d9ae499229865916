{# Which events arrived in copies that disagree? One row per event, the latest first, with the copy that counts. #}
-- the other copies are in bronze, under the same event_id
select
    event_date,
    event_id,
    event_type,
    order_id,
    product_id,
    quantity,
    price,
    line_total,
    received_at,
    replayed_at,
    arrival_hour
from {{ ref('events') }}
where has_conflicting_copies
order by event_date desc, event_id
