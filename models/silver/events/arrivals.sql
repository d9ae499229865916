{# One row per line of the bronze hours that this run reads, typed and checked, and on DuckDB one per object, of which
   object_state is not NULL. Every run replaces the table. A line is accepted if reject_reason is NULL. Everything
   downstream reads this table, never bronze again. #}
{{ config(
    materialized='table',
    pre_hook=[
        "{{ assert_changed_history_is_read_again() }}",
        "{{ assert_bronze_is_not_empty() }}",
        "{{ assert_history_begins_at_bronze_start() }}",
        "{{ forget_seen_by_models() }}",
    ],
) }}

{# What silver makes of a field that is more than text. #}
{% set typed_columns = {
    'event_time': 'event_at',
    'received_at': 'received_timestamp as received_at',
    'replayed_at': 'case when problem is null then replayed_timestamp end as replayed_at',
    'price': 'case when problem is null then price_amount end as price',
    'quantity': 'case when problem is null then cast(quantity_number as bigint) end as quantity',
} %}
{% set other_amounts = ['line_total', 'discount', 'tax', 'shipping'] %}
{% for amount in other_amounts %}
{% do typed_columns.update({amount: 'case when problem is null then ' ~ amount ~ '_amount end as ' ~ amount}) %}
{% endfor %}

with

lines as (
    select
        *,
        regexp_replace({{ object_path() }}, '^.*/', '') as object_name,
        cast(null as varchar) as object_state
    from {{ source('bronze', 'events') }}
    where {{ bronze_window() }}
    {{ objects_of_this_run() }}
),

typed as (
    select
        *,
        cast(dt || ' ' || hour || ':00:00' as {{ timestamp_type() }}) as arrival_hour,
        {{ parse_timestamp('event_time') }} as event_at,
        {{ parse_timestamp('received_at') }} as received_timestamp,
        {{ parse_timestamp('replayed_at') }} as replayed_timestamp,
        {% for amount in ['price'] + other_amounts %}
        {{ parse_decimal(amount, '[+-]?[0-9]+([.][0-9]+)?') }} as {{ amount }}_amount,
        {% endfor %}
        {{ parse_decimal('quantity', '[0-9]+([.][0-9]*)?') }} as quantity_number
    from lines
),

checked as (
    select
        *,
        case
            when object_state is not null then 'not_a_line'
            -- the rules of the door (ingestion/door), for lines that bypassed it; a test compares the two
            when coalesce(reject_reason, event_id, event_type, event_time, received_at, raw) is null then 'unparseable'
            when reject_reason is not null then reject_reason
            when event_id is null then 'missing_event_id'
            when event_type is null then 'unknown_event_type'
            when event_type not in ({{ "'" ~ var('event_types') | join("', '") ~ "'" }}) then 'unknown_event_type'
            when event_at is null then 'bad_event_time'
            -- bounds, because adding a day to the last possible time is an error on both engines
            when received_timestamp is null then 'bad_received_at'
            when received_timestamp not between timestamp '2000-01-01 00:00:00' and timestamp '2200-01-01 00:00:00'
                then 'bad_received_at'
            -- it decides between copies, so a line that claims a time which nobody can read decides nothing
            when replayed_at is not null and replayed_timestamp is null then 'bad_received_at'
            when replayed_timestamp not between timestamp '2000-01-01 00:00:00' and timestamp '2200-01-01 00:00:00'
                then 'bad_received_at'
            when event_at < timestamp '2000-01-01 00:00:00' then 'event_too_old'
            when event_at > received_timestamp + interval '1' day then 'event_in_future'
            when price is not null and (price_amount is null or price_amount < 0) then 'bad_price'
            when price_amount >= decimal '10000000000' then 'bad_price'
            when quantity is not null and (quantity_number is null or quantity_number < 1) then 'bad_quantity'
            when quantity_number > 999999 or quantity_number <> floor(quantity_number) then 'bad_quantity'
            -- as doubles, because the product of two decimals can overflow, and an error would stop the run
            when cast(price_amount as double) * cast(coalesce(quantity_number, 1) as double) >= 1e12 then 'bad_amount'
            {% for amount in other_amounts %}
            when {{ amount }} is not null and ({{ amount }}_amount is null or {{ amount }}_amount < 0) then 'bad_amount'
            when {{ amount }}_amount >= decimal '1000000000000' then 'bad_amount'
            {% endfor %}
        end as problem
    from typed
),

final as (
    select
        arrival_hour,
        object_name,
        object_state,
        problem as reject_reason,
        cast(case when problem is null then event_at end as date) as event_date,
        {% for field in event_fields() %}
        {{ typed_columns.get(field, field) }},
        {% endfor %}
        case
            when problem is null then null
            when raw is not null then raw
            -- a line that only SQL rejects: all its fields
            else {{ line_as_text(event_fields()) }}
        end as raw,
        origin
    from checked
)

select * from final
