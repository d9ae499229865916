{# One row per month, product and category: the rollup of product_days, so that an all-time number of a shop that is
   years old reads some months and not a thousand days. A rerun changes nothing. Groups that vanish are deleted. #}
{{ config(
    unique_key=['event_month', 'product_id', 'category'],
    partitioned_by=['event_month'],
    **replacing_groups('view_count', of='touched months')
) }}

with

final as (
    select
        cast(date_trunc('month', event_date) as date) as event_month,
        product_id,
        category,
        cast(sum(view_count) as bigint) as view_count,
        cast(sum(add_to_cart_count) as bigint) as add_to_cart_count,
        cast(sum(remove_from_cart_count) as bigint) as remove_from_cart_count,
        cast(sum(purchase_count) as bigint) as purchase_count,
        cast(sum(refund_count) as bigint) as refund_count,
        cast(sum(purchased_quantity) as bigint) as purchased_quantity,
        cast(sum(purchased_amount) as decimal(38, 4)) as purchased_amount,
        cast(sum(refunded_amount) as decimal(38, 4)) as refunded_amount
    from {{ ref('product_days') }}
    where {{ in_touched_months() }}
    group by 1, 2, 3
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups(of='touched months') }}
{% endif %}
