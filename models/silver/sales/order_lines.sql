{# One row per line of an order, bought (positive) or refunded (negative). A rerun changes nothing. A run
   computes the events that arrived with it. One that turns out not to be a purchase or refund loses its row. #}
{{ config(
    unique_key=['event_date', 'event_id'],
    partitioned_by=['event_date'],
    **replacing_groups('order_id', of='touched hours')
) }}

with

sales as (
    select
        *,
        event_type = 'refund' as is_refund,
        case when event_type = 'refund' then -1 else 1 end as sign
    from {{ ref('events') }}
    where event_type in ('purchase', 'refund')
        and {{ in_touched_dates() }}
        and {{ in_touched_hours() }}
),

final as (
    select
        event_date,
        event_id,
        -- in a shop without order ids each line is an order
        coalesce(order_id, event_id) as order_id,
        event_at as ordered_at,
        is_refund,
        {{ visitor() }} as user_id,
        session_id,
        product_id,
        product_name,
        brand,
        {{ category_or_none() }} as category,
        -- not 0 where the event gives only the line's total
        price,
        cast(sign * coalesce(quantity, 1) as bigint) as quantity,
        cast(sign * coalesce({{ line_amount() }}, 0) as decimal(18, 4)) as amount,
        currency,
        payment_method
    from sales
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups(of='touched hours') }}
{% endif %}
