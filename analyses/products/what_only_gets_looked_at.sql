{# Which products are viewed but not bought? Products whose views are in the top tenth, the lowest rate first. #}
with

funnel as (
    select
        *,
        -- products with as many views or fewer, this one included
        count(*) over (order by view_count) as products_up_to_here,
        count(*) over () as product_count
    from {{ ref('product_funnel') }}
),

-- with fewer than 20 views, a rate is chance
often_viewed as (
    select *
    from funnel
    where view_count >= 20
        and products_up_to_here - 1 >= 0.9 * (product_count - 1)
)

select
    often_viewed.product_id,
    often_viewed.category,
    often_viewed.view_count,
    popularity.unique_viewers,
    often_viewed.add_to_cart_count,
    often_viewed.purchase_count,
    often_viewed.view_to_purchase_rate
from often_viewed
inner join {{ ref('product_popularity') }} as popularity
    on often_viewed.product_id = popularity.product_id
        and often_viewed.category = popularity.category
order by often_viewed.view_to_purchase_rate, often_viewed.view_count desc, often_viewed.product_id
