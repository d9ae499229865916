{# One row per event date and category. A rerun changes nothing. A category that vanishes from a date loses its row. #}
{{ config(
    unique_key=['event_date', 'category'],
    partitioned_by=['event_date'],
    **replacing_groups('total_events')
) }}

with

events as (
    select
        event_date,
        {{ category_or_none() }} as category,
        event_type,
        {{ line_amount() }} as amount
    from {{ ref('events') }}
    where {{ in_touched_dates() }}
),

final as (
    select
        -- grain
        event_date,
        category,
        -- counts
        count(*) as total_events,
        count(*) filter (where event_type in ('page_view', 'view_item')) as page_views,
        count(*) filter (where event_type = 'add_to_cart') as add_to_carts,
        count(*) filter (where event_type = 'purchase') as purchases,
        -- amounts
        cast(coalesce(sum(amount) filter (where event_type = 'purchase'), 0) as decimal(38, 4)) as total_revenue
    from events
    group by 1, 2
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups() }}
{% endif %}
