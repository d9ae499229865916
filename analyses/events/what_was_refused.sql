{# Which lines were rejected, and are there more of them lately? Rejected lines by arrival date and reason. #}
select
    arrival_date,
    reject_reason,
    count(*) as line_count,
    min(origin) as for_example
from {{ ref('rejected_events') }}
group by 1, 2
order by 1 desc, 3 desc, 2
