{# One row per event date among the accepted arrivals: the models downstream compute these dates again. Every run
   replaces the table. Arrivals that are already stored count too: a run killed after events left the rest undone. #}
{{ config(materialized='table') }}

select
    event_date,
    min(arrival_hour) as first_arrival_hour
from {{ ref('arrivals') }}
where reject_reason is null
group by 1
