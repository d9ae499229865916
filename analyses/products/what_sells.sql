{# Which products earn the most? One row per product and category that was bought, the highest revenue first. #}
select
    product_id,
    category,
    purchased_quantity,
    total_revenue,
    view_count,
    view_to_purchase_rate
from {{ ref('product_funnel') }}
where purchase_count > 0
order by total_revenue desc, product_id
