{# One row per event, as a view: the interface for ad hoc questions. Nothing is stored twice. #}
{{ config(materialized='view') }}

with

events as (
    select
        *,
        {{ line_amount() }} as amount
    from {{ ref('events') }}
),

final as (
    select
        event_id,
        event_type,
        event_at as timestamp,
        user_id,
        session_id,
        page_url,
        product_id,
        product_name,
        category as product_category,
        price as product_price,
        quantity,
        device_type,
        browser,
        country,
        city,
        coalesce(case when event_type = 'purchase' then amount end, 0) as revenue,
        cast(extract(year from event_at) as bigint) as year,
        cast(extract(month from event_at) as bigint) as month,
        cast(extract(day from event_at) as bigint) as day,
        event_date
    from events
)

select * from final
