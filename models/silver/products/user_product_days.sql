{# One row per event date, visitor, product and category: the rollup from which all-time numbers are computed, so that
   no gold table reads all events again. A rerun changes nothing. Groups that vanish are deleted. #}
{{ config(
    unique_key=['event_date', 'user_id', 'product_id', 'category'],
    partitioned_by=['event_date'],
    **replacing_groups('view_count')
) }}

with

product_events as (
    select
        *,
        coalesce(quantity, 1) as pieces,
        {{ line_amount() }} as amount
    from {{ ref('events') }}
    where product_id is not null
        and {{ in_touched_dates() }}
),

final as (
    select
        -- grain; '' stands for an event that does not say who did it
        event_date,
        coalesce({{ visitor() }}, '') as user_id,
        product_id,
        {{ category_or_none() }} as category,
        -- counts
        count(*) filter (where event_type in ('page_view', 'view_item')) as view_count,
        count(*) filter (where event_type = 'add_to_cart') as add_to_cart_count,
        count(*) filter (where event_type = 'remove_from_cart') as remove_from_cart_count,
        count(*) filter (where event_type = 'purchase') as purchase_count,
        count(*) filter (where event_type = 'refund') as refund_count,
        cast(coalesce(sum(pieces) filter (where event_type = 'purchase'), 0) as bigint) as purchased_quantity,
        -- amounts
        coalesce(sum(amount) filter (where event_type = 'purchase'), 0) as purchased_amount,
        coalesce(sum(amount) filter (where event_type = 'refund'), 0) as refunded_amount
    from product_events
    group by 1, 2, 3, 4
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups() }}
{% endif %}
