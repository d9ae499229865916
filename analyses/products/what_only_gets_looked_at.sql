{# Which products are looked at and not bought? The most viewed tenth, worst rate first. #}
with

funnel as (
    select
        *,
        ntile(10) over (order by view_count desc) as tenth
    from {{ ref('product_funnel') }}
)

select
    product_id,
    category,
    view_count,
    add_to_cart_count,
    purchase_count,
    view_to_purchase_rate
from funnel
where tenth = 1
order by view_to_purchase_rate, view_count desc, product_id
limit 20
