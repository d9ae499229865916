{# One row per viewed product and category, all time. Every run computes it as a whole from the rollup, and writes
   only rows that changed, like product_funnel. It counts people, so it reads what grows with the history: hourly builds
   leave it to the daily one. #}
{{ config(
    unique_key=['product_id', 'category'],
    tags=['daily'],
    **replacing_groups('view_count', of='all')
) }}

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
{% if is_incremental() %}
{{ join_vanished_groups(of='all') }}
{% endif %}
