{# One row per event date and arrival hour: how many stored events arrived in the hour. A rerun changes nothing. An hour
   that no longer has a stored event on a date loses its row. #}
{{ config(
    unique_key=['event_date', 'arrival_hour'],
    partitioned_by=['event_date'],
    **replacing_groups('accepted_count')
) }}

with

final as (
    select
        event_date,
        arrival_hour,
        count(*) as accepted_count,
        count(*) filter (where has_conflicting_copies) as conflicting_count
    from {{ ref('events') }}
    where {{ in_touched_dates() }}
    group by 1, 2
)

select * from final
{% if is_incremental() %}
{{ join_vanished_groups() }}
{% endif %}
