{# A pre-hook of every model: makes the lock last while models begin, and ends a run whose lock was removed and taken by
   another one. It looks before the first model, and when a third of run_lock_minutes has passed. #}
{% macro keep_run_lock() %}
    {%- set notes = notes_of_this_run() -%}
    {%- if execute and notes.lock_expires -%}
        {%- set rest = modules.datetime.timedelta(minutes=whole_number('run_lock_minutes') * 2 / 3) -%}
        {%- if notes.lock_expires < (modules.datetime.datetime.utcnow() + rest).strftime('%Y-%m-%d %H:%M:%S') -%}
            {%- set later = expiry_of_run_lock(whole_number('run_lock_minutes')) -%}
            {#- first of all, so that another thread does not do the same -#}
            {%- do notes.update({'lock_expires': later}) -%}
            {%- set holder = run_lock() -%}
            {%- if holder is none -%}
                {%- do create_run_lock('run_lock', lock_of_this_run()) -%}
                {%- do renew_run_lock(later) -%}
            {%- elif holder.run == invocation_id -%}
                {%- do renew_run_lock(later) -%}
            {%- else -%}
                {%- do notes.update({'lock_lost_to': holder}) -%}
            {%- endif -%}
        {%- endif -%}
        {%- if notes.lock_lost_to -%}{%- do refuse_to_go_on(notes.lock_lost_to) -%}{%- endif -%}
    {%- endif -%}
{% endmacro %}

{% macro refuse_to_go_on(holder) %}
    {{ exceptions.raise_compiler_error(
        "this run's lock was removed, and " ~ holder.command ~ ' of ' ~ holder.owner ~ ' holds it since ' ~ holder.taken
        ~ ' UTC: run dbt build when that one has ended'
    ) }}
{% endmacro %}
