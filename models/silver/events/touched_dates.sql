{# One row per event date among the accepted arrivals: the models downstream compute these dates again. Every run
   replaces the table. Arrivals that are already stored count too: a run killed after events left the rest undone. #}
{{ config(materialized='table') }}

select distinct event_date
from {{ ref('arrivals') }}
where reject_reason is null
