{# One row per product and category, all time. Every run computes it as a whole from the rollup without people, and
   writes only rows that changed: a product whose event moved to another product leaves no trace in the touched dates,
   so an increment could not keep the replay guarantee. #}
{{ config(
    unique_key=['product_id', 'category'],
    **replacing_groups('view_count', of='all')
) }}

with

counts as (
    select
        product_id,
        category,
        cast(sum(view_count) as bigint) as view_count,
        cast(sum(add_to_cart_count) as bigint) as add_to_cart_count,
        cast(sum(purchase_count) as bigint) as purchase_count,
        cast(sum(purchased_quantity) as bigint) as purchased_quantity,
        cast(sum(purchased_amount) as decimal(38, 4)) as total_revenue
    from {{ ref('product_months') }}
    group by 1, 2
),

final as (
    select
        -- grain
        product_id,
        category,
        -- counts
        view_count,
        add_to_cart_count,
        purchase_count,
        -- rates
        {{ rate('add_to_cart_count', 'view_count') }} as view_to_cart_rate,
        {{ rate('purchase_count', 'add_to_cart_count') }} as cart_to_purchase_rate,
        {{ rate('purchase_count', 'view_count') }} as view_to_purchase_rate,
        -- revenue
        purchased_quantity,
        total_revenue
    from counts
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups(of='all') }}
{% endif %}
