{# One row per viewed product and category, all time. Every run computes it as a whole from the rollup, like
   product_funnel. #}
{{ config(materialized='table') }}

with

viewers as (
    select
        product_id,
        category,
        user_id,
        sum(view_count) as view_count
    from {{ ref('user_product_days') }}
    where view_count > 0
    group by 1, 2, 3
),

final as (
    select
        product_id,
        category,
        cast(sum(view_count) as bigint) as view_count,
        -- a view that does not say who viewed has no viewer
        count(*) filter (where user_id <> '') as unique_viewers
    from viewers
    group by 1, 2
)

select * from final
