{# One row per event date among the accepted arrivals: what the models downstream compute again. Every run replaces it.
   All accepted arrivals count, also those already stored: a run killed after events left the rest undone. #}
{{ config(materialized='table') }}

select distinct event_date
from {{ ref('arrivals') }}
where reject_reason is null
