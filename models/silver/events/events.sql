{# One row per event date and event: of all copies that ever arrived, the smallest by (received_at, content, arrival
   hour), so the order of arrival does not matter. A rerun merges only arrivals that win over the stored copy. #}
{{ config(
    unique_key=['event_date', 'event_id'],
    partitioned_by=['event_date'],
    pre_hook="{{ assert_arrivals_hold_history() }}",
) }}

{% set fields = [] %}
{% for field in event_fields() %}{% do fields.append('event_at' if field == 'event_time' else field) %}{% endfor %}
{% set columns = ['event_date'] + fields + ['arrival_hour'] %}
{% set key = 'event_date, event_id' %}
{% set content = columns | reject('in', ['event_date', 'event_id', 'received_at', 'arrival_hour']) | join(', ') %}
{% set stored_columns = stored_columns(columns) if is_incremental() %}
{% set columns = columns | join(', ') %}
{% set in_touched_dates = in_touched_dates() %}

with

-- arrivals has no CTE: DuckDB would keep one that is read three times in memory, with its whole rows
known as (
    select {{ key }}
    from {{ ref('arrivals') }}
    where reject_reason is null
    {% if is_incremental() %}
    union all
    select {{ key }}
    from {{ this }}
    where {{ in_touched_dates }}
    {% endif %}
),

-- few events arrive twice, so only those pay for a window over whole rows
repeated as (
    select
        {{ key }},
        count(*) as known_count
    from known
    group by 1, 2
    having count(*) > 1
),

copies as (
    select
        {{ columns }},
        1 as age
    from {{ ref('arrivals') }}
    inner join repeated using ({{ key }})
    where reject_reason is null
    {% if is_incremental() %}
    union all
    select
        {{ stored_columns }},
        0 as age
    from {{ this }}
    inner join repeated using ({{ key }})
    where {{ in_touched_dates }}
    {% endif %}
),

ranked as (
    select
        {{ columns }},
        age,
        row_number() over (
            partition by {{ key }}
            order by received_at, {{ content }}, arrival_hour, age
        ) as copy_number
    from copies
),

final as (
    select {{ columns }}
    from {{ ref('arrivals') }}
    left join repeated using ({{ key }})
    where reject_reason is null
        and known_count is null
    union all
    select {{ columns }}
    from ranked
    where copy_number = 1 and age = 1
)

select * from final
