{# Why were lines rejected? One row per reason, the most frequent first, with the value or line that caused it. #}
with

rejected as (
    select
        reject_reason,
        raw,
        case
            when reject_reason = 'bad_price' then 'price'
            when reject_reason = 'bad_quantity' then 'quantity'
            when reject_reason = 'unknown_event_type' then 'event_type'
            when reject_reason like '%event%' then 'event_time'
        end as rejected_field
    from {{ ref('rejected_events') }}
)

select
    reject_reason,
    count(*) as line_count,
    min(coalesce(
        -- the field with its value, as in "price":"19,90"; DuckDB gives '' where it finds nothing, Athena NULL
        nullif(regexp_extract(raw, '"' || rejected_field || '": ?("[^"]*"|[^,}]*)'), ''),
        raw,
        'a line that is no JSON'
    )) as for_example
from rejected
group by 1
order by 2 desc, 1
