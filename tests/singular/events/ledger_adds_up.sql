{# Lines = accepted + duplicates + rejected in every arrival hour since the first in which this run found an event
   (every hour with test_all_dates), and the ledger agrees with the tables that it counts. #}
with

loads as (
    select * from {{ ref('loads') }}
    where {{ in_tested_hours() }}
),

rejected as (
    select
        arrival_hour,
        count(*) as rejected_count
    from {{ ref('rejected_events') }}
    where {{ in_tested_hours() }}
    group by 1
),

stored as (
    select
        arrival_hour,
        sum(accepted_count) as accepted_count
    from {{ ref('event_loads') }}
    where {{ in_tested_hours() }}
    group by 1
)

select
    loads.*,
    rejected.rejected_count as stored_rejected_count,
    stored.accepted_count as stored_accepted_count
from loads
left join rejected on loads.arrival_hour = rejected.arrival_hour
left join stored on loads.arrival_hour = stored.arrival_hour
where loads.line_count <> loads.accepted_count + loads.duplicate_count + loads.rejected_count
    or loads.duplicate_count < 0
    or loads.rejected_count <> coalesce(rejected.rejected_count, 0)
    or loads.accepted_count <> coalesce(stored.accepted_count, 0)
