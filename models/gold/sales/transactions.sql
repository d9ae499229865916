{# One row per purchase line. A rerun changes nothing. An event that turns out not to be a purchase loses its row. #}
{{ config(
    unique_key=['event_date', 'transaction_id'],
    partitioned_by=['event_date'],
    **replacing_groups('quantity')
) }}

with

purchases as (
    select *
    from {{ ref('order_lines') }}
    where not is_refund
        and {{ in_touched_dates() }}
),

final as (
    select
        event_id as transaction_id,
        ordered_at as timestamp,
        user_id as customer_id,
        product_id,
        product_name,
        category,
        quantity,
        price,
        amount as total_amount,
        cast(extract(year from ordered_at) as bigint) as year,
        cast(extract(month from ordered_at) as bigint) as month,
        cast(extract(day from ordered_at) as bigint) as day,
        cast(extract(hour from ordered_at) as bigint) as hour,
        -- 1970-01-05 was a Monday; the engines have no common function for ISO weekdays
        cast(date_diff('day', date '1970-01-05', event_date) % 7 as bigint) as day_of_week,
        event_date,
        order_id,
        payment_method
    from purchases
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups() }}
{% endif %}
