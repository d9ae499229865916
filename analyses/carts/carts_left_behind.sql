{# What was put into a cart and not bought in the same session? One row per session and product, by price. #}
with

carted as (
    select
        session_id,
        product_id,
        min(event_at) as carted_at,
        min_by(price, event_at) as price,
        count(*) as add_to_cart_count
    from {{ ref('events') }}
    where event_type = 'add_to_cart'
        and session_id is not null
        and product_id is not null
    group by 1, 2
),

bought as (
    select distinct
        session_id,
        product_id
    from {{ ref('events') }}
    where event_type = 'purchase'
)

select
    carted.session_id,
    carted.product_id,
    carted.carted_at,
    carted.price,
    carted.add_to_cart_count
from carted
left join bought on carted.session_id = bought.session_id and carted.product_id = bought.product_id
where bought.product_id is null
order by 4 desc, 1, 2
