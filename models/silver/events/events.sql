{# One row per event date and event: of all copies that ever arrived, the one received last (variable event_copies), at
   the same time the smaller content, so the order of arrival does not matter. A rerun merges only arrivals that win over the stored copy, and
   stored events whose copies turn out to disagree. #}
{{ config(
    unique_key=['event_date', 'event_id'],
    partitioned_by=['event_date'],
    update_condition='true', has_touched_dates=true,
    pre_hook=[
        "{{ assert_arrivals_hold_history() }}",
        "{{ assert_changed_history_is_read_again() }}",
    ],
) }}

{% set columns = event_columns() %}
{% set key = 'event_date, event_id' %}
{% set receipt = ['received_at', 'replayed_at', 'arrival_hour'] %}
{% set content = columns | reject('in', ['event_date', 'event_id'] + receipt) | list %}
{# Two attempts at sending one event may come from two addresses and count themselves: they do not disagree. #}
{% set compared = content | reject('in', ['visitor_hash', 'extra']) | list %}
{% set direction = 'desc' if event_copies() == 'newest' else 'asc' %}
{% set stored_columns = stored_columns(columns + ['has_conflicting_copies']) if is_incremental() %}
{% set columns = columns | join(', ') %}
{% set in_touched_dates = in_touched_dates() %}
{# An increment on Athena reads the stored rows once, and other columns only where an event arrived again. #}
{% set reads_once = is_incremental() and not keeps_results_of_ctes() %}
{% set keys = '(select ' ~ key ~ ' from ' ~ ref('arrivals') ~ ' where reject_reason is null)' %}
{% set arrived_again = ' and (' ~ key ~ ') in ' ~ keys if reads_once else '' %}
{% set join_repeated = '' if reads_once else 'inner join repeated using (' ~ key ~ ')' %}

with

{% if not reads_once %}
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
{% endif %}

copies as (
    select
        {{ columns }},
        false as has_conflicting_copies,
        1 as age
    from {{ ref('arrivals') }}
    {{ join_repeated }}
    where reject_reason is null
    {% if is_incremental() %}
    union all
    select
        {{ stored_columns }},
        0 as age
    from {{ this }}
    {{ join_repeated }}
    where {{ in_touched_dates ~ arrived_again }}
    {% endif %}
),

hashed as (
    select
        *,
        {{ row_hash(compared) }} as content_hash
    from copies
),

ranked as (
    select
        {{ columns }},
        age,
        coalesce(bool_or(has_conflicting_copies) over (partition by {{ key }}), false) as did_conflict,
        min(content_hash) over (partition by {{ key }})
        <> max(content_hash) over (partition by {{ key }}) as do_conflict,
        row_number() over (
            partition by {{ key }}
            order by
                coalesce(replayed_at, received_at) {{ direction }},
                {{ content | join(', ') }},
                {{ receipt | join(', ') }},
                age
        ) as copy_number
    from hashed
),

final as (
    {% if not reads_once %}
    select
        {{ columns }},
        false as has_conflicting_copies
    from {{ ref('arrivals') }}
    left join repeated using ({{ key }})
    where reject_reason is null
        and known_count is null
    union all
    {% endif %}
    select
        {{ columns }},
        did_conflict or do_conflict as has_conflicting_copies
    from ranked
    where copy_number = 1
        and (age = 1 or do_conflict and not did_conflict)
)

select * from final
