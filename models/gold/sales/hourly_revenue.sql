{# One row per event date and UTC hour with a purchase or refund. A rerun changes nothing. An hour that loses its last
   line loses its row. #}
{{ config(
    unique_key=['event_date', 'event_hour'],
    partitioned_by=['event_date'],
    **replacing_groups('purchase_count')
) }}

with

order_lines as (
    select
        *,
        cast(extract(hour from ordered_at) as bigint) as event_hour
    from {{ ref('order_lines') }}
    where {{ in_touched_dates() }}
),

sums as (
    select
        event_date,
        event_hour,
        cast(coalesce(sum(amount) filter (where not is_refund), 0) as decimal(38, 4)) as total_revenue,
        count(*) filter (where not is_refund) as purchase_count,
        count(distinct order_id) filter (where not is_refund) as order_count,
        cast(coalesce(sum(quantity) filter (where not is_refund), 0) as bigint) as total_items_sold,
        count(*) filter (where is_refund) as refund_count,
        cast(coalesce(-sum(amount) filter (where is_refund), 0) as decimal(38, 4)) as refunded_amount
    from order_lines
    group by 1, 2
),

final as (
    select
        -- grain
        event_date,
        event_hour,
        -- what was bought
        total_revenue,
        purchase_count,
        {{ rate('total_revenue', 'order_count') }} as avg_order_value,
        total_items_sold,
        order_count,
        -- refunds, by the hour in which they were made
        refund_count,
        refunded_amount
    from sums
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups() }}
{% endif %}
