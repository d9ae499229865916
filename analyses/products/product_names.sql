{# What is each product called? One row per product: the name that most of its events give. #}
with

named as (
    select
        product_id,
        product_name,
        count(*) as event_count
    from {{ ref('events') }}
    where product_id is not null
        and product_name is not null
    group by 1, 2
),

-- some events give a damaged name
ranked as (
    select
        product_id,
        product_name,
        row_number() over (partition by product_id order by event_count desc, product_name) as place
    from named
)

select
    product_id,
    product_name
from ranked
where place = 1
