{# One row per arrival hour: the ledger, lines = accepted + duplicates + rejected. It is built last, because it is the
   watermark: if a run is killed earlier, the next run reads the same hours. A rerun merges only rows that changed. An
   hour that held nothing but unreadable objects and holds none now loses its row. #}
{{ config(
    unique_key=['arrival_hour'],
    pre_hook=[
        "{{ assert_arrivals_hold_history() }}",
        "{{ assert_changed_history_is_read_again() }}",
        "{{ assert_every_model_saw_arrivals() }}",
        "{{ mark_stale_tables() }}",
        "{{ save_definitions_before_the_ledger() }}",
    ],
    **replacing_groups('line_count')
) }}

{% for area, names in models_before_the_ledger() | dictsort %}{% for name in names %}
-- depends_on: {{ ref(name) }}
{% endfor %}{% endfor %}

with

read_objects as (
    select
        arrival_hour,
        object_name,
        max(object_state) as object_state,
        count(*) filter (where object_state is null) as line_count,
        count(*) filter (where object_state is null and reject_reason is not null) as rejected_count
    from {{ ref('arrivals') }}
    group by 1, 2
),

named_objects as (
    select
        *,
        case when coalesce(object_state, 'readable') = 'readable' then object_name end as read_name
    from read_objects
),

read_hours as (
    select
        arrival_hour,
        count(read_name) as object_count,
        {{ objects_digest('read_name') }} as object_digest,
        {{ unreadable_names() }} as unreadable_objects,
        cast(sum(case when object_state = 'gone' then null else line_count end) as bigint) as line_count,
        cast(sum(rejected_count) as bigint) as rejected_count
    from named_objects
    group by 1
),

hours as (
    select
        arrival_hour,
        object_count,
        object_digest,
        unreadable_objects,
        line_count,
        rejected_count
    from read_hours
    {% if is_incremental() %}
    union all
    -- a late copy can win over one from an hour that this run did not read
    select
        stored.arrival_hour,
        stored.object_count,
        stored.object_digest,
        stored.unreadable_objects,
        stored.line_count,
        stored.rejected_count
    from {{ this }} as stored
    left join read_hours on stored.arrival_hour = read_hours.arrival_hour
    where read_hours.arrival_hour is null
    {% endif %}
),

wins as (
    select
        arrival_hour,
        cast(sum(accepted_count) as bigint) as accepted_count,
        cast(sum(conflicting_count) as bigint) as conflicting_count
    from {{ ref('event_loads') }}
    group by 1
),

final as (
    select
        hours.arrival_hour,
        hours.object_count,
        hours.object_digest,
        hours.unreadable_objects,
        hours.line_count,
        coalesce(wins.accepted_count, 0) as accepted_count,
        hours.line_count - coalesce(wins.accepted_count, 0) - hours.rejected_count as duplicate_count,
        hours.rejected_count,
        coalesce(wins.conflicting_count, 0) as conflicting_count
    from hours
    left join wins on hours.arrival_hour = wins.arrival_hour
)

select * from final
{% if is_incremental() %}
except
select
    arrival_hour,
    object_count,
    object_digest,
    unreadable_objects,
    line_count,
    accepted_count,
    duplicate_count,
    rejected_count,
    conflicting_count
from {{ this }}
{% endif %}
