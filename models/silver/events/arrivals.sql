{# One row per line of the bronze hours that this run reads, typed and judged. Every run replaces it.
   A line is accepted when reject_reason is NULL. All downstream reads this, never bronze again. #}
{{ config(materialized='table') }}
{{ forget_unfinished_run() }}

{% set fields = [
    'event_id', 'event_type', 'event_time', 'received_at', 'user_id', 'anonymous_id', 'session_id', 'page_url',
    'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'product_id', 'product_name', 'brand', 'category',
    'category_id', 'price', 'quantity', 'currency', 'order_id', 'payment_method', 'device_type', 'browser',
    'user_agent', 'country', 'city', 'visitor_hash', 'extra'
] %}

with

lines as (
    select
        *,
        {{ object_path() }} as object_path
    from {{ source('bronze', 'events') }}
    where {{ bronze_window() }}
),

typed as (
    select
        *,
        cast(dt || ' ' || hour || ':00:00' as {{ timestamp_type() }}) as arrival_hour,
        {{ parse_timestamp('event_time') }} as event_at,
        {{ parse_timestamp('received_at') }} as received_timestamp,
        {{ parse_decimal('price', '[+-]?[0-9]+([.][0-9]+)?') }} as price_amount,
        {{ parse_decimal('quantity', '[0-9]+([.][0-9]*)?') }} as quantity_number
    from lines
),

judged as (
    select
        *,
        case
            -- the rules of the door (ingestion/door/amounts.py), for lines that came past it; a test compares the two
            when coalesce(reject_reason, event_id, event_type, event_time, received_at, raw) is null then 'unparseable'
            when reject_reason is not null then reject_reason
            when event_id is null then 'missing_event_id'
            when event_type is null then 'unknown_event_type'
            when event_type not in ({{ "'" ~ var('event_types') | join("', '") ~ "'" }}) then 'unknown_event_type'
            when event_at is null then 'bad_event_time'
            -- bounds, because a day after the end of time is an error on both engines
            when received_timestamp is null then 'bad_received_at'
            when received_timestamp not between timestamp '2000-01-01 00:00:00' and timestamp '2200-01-01 00:00:00'
                then 'bad_received_at'
            when event_at < timestamp '2000-01-01 00:00:00' then 'event_too_old'
            when event_at > received_timestamp + interval '1' day then 'event_in_future'
            when price is not null and (price_amount is null or price_amount < 0) then 'bad_price'
            when price_amount >= decimal '10000000000' then 'bad_price'
            when quantity is not null and (quantity_number is null or quantity_number < 1) then 'bad_quantity'
            when quantity_number > 999999 or quantity_number <> floor(quantity_number) then 'bad_quantity'
            -- as doubles, because the product of two decimals can overflow, and an error would stop the run
            when cast(price_amount as double) * cast(coalesce(quantity_number, 1) as double) >= 1e12 then 'bad_amount'
        end as verdict
    from typed
),

final as (
    select
        arrival_hour,
        regexp_replace(object_path, '^.*/', '') as object_name,
        verdict as reject_reason,
        cast(case when verdict is null then event_at end as date) as event_date,
        event_id,
        event_type,
        event_at,
        received_timestamp as received_at,
        user_id,
        anonymous_id,
        session_id,
        page_url,
        referrer,
        utm_source,
        utm_medium,
        utm_campaign,
        product_id,
        product_name,
        brand,
        category,
        category_id,
        case when verdict is null then price_amount end as price,
        case when verdict is null then cast(quantity_number as bigint) end as quantity,
        currency,
        order_id,
        payment_method,
        device_type,
        browser,
        user_agent,
        country,
        city,
        visitor_hash,
        extra,
        case
            when verdict is null then null
            when raw is not null then raw
            -- a line that only SQL refused: all that it said
            else {{ line_as_text(fields) }}
        end as raw,
        origin
    from judged
)

select * from final
