{# on-run-start, before anything else: takes the lock, or ends the run with a sentence that says who holds it. Two runs that
   build the same tables at once would drop each other's staging tables.
   The lock ends after run_lock_minutes without a model that began (keep_run_lock), and before the first one after a minute,
   so a run that was killed, or ended by an error in a hook, does not hold it for ever. Runs that never meet by other
   means, such as those of a schedule that starts one build at a time, have one name in SHOPLAKE_RUN_OWNER: a lock
   under the same name is of a run that was killed, and is taken over at once. #}
{% macro take_run_lock() %}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed') and runs_can_meet() -%}
        {%- do create_run_lock('run_lock', lock_of_this_run()) -%}
        {%- set holder = run_lock() or {} -%}
        {%- if holder.run != invocation_id and is_abandoned(holder) -%}
            {%- do take_over(holder) -%}
            {%- set holder = run_lock() or {} -%}
        {%- endif -%}
        {%- if holder.run != invocation_id -%}{%- do refuse_second_run(holder) -%}{%- endif -%}
        {#- a moment ago, so that the first model makes it last -#}
        {%- do notes_of_this_run().update({'lock_expires': holder.taken}) -%}
    {%- endif -%}
{% endmacro %}

{% macro lock_of_this_run() %}
    {{ return({
        'run': invocation_id,
        'owner': env_var('SHOPLAKE_RUN_OWNER', '') or env_var('USER', 'a user without a name'),
        'command': 'dbt ' ~ flags.WHICH,
        'taken': run_started_at.strftime('%Y-%m-%d %H:%M'),
        'expires': expiry_of_run_lock(minutes=1),
    }) }}
{% endmacro %}

{% macro expiry_of_run_lock(minutes) %}
    {{ return((modules.datetime.datetime.utcnow() + modules.datetime.timedelta(minutes=minutes)).strftime('%Y-%m-%d %H:%M:%S')) }}
{% endmacro %}

{% macro is_abandoned(holder) %}
    {%- set is_expired = (holder.expires or '') < modules.datetime.datetime.utcnow().strftime('%Y-%m-%d %H:%M:%S') -%}
    {{ return(is_expired or holder.owner == env_var('SHOPLAKE_RUN_OWNER', '')) }}
{% endmacro %}

{# Of several runs that find the same abandoned lock, one takes it over: the one that gets a second lock, which is named after
   the first. It looks again, because another run may have taken the first lock over before. #}
{% macro take_over(holder) %}
    {%- set turn = 'run_lock_' ~ local_md5(holder.run or '') -%}
    {%- do create_run_lock(turn, lock_of_this_run()) -%}
    {%- if (run_lock(turn) or {}).run == invocation_id -%}
        {%- if (run_lock() or {}).run == holder.run -%}
            {%- do drop_run_lock() -%}
            {%- do create_run_lock('run_lock', lock_of_this_run()) -%}
        {%- endif -%}
        {%- do drop_run_lock(turn) -%}
    {%- endif -%}
{% endmacro %}

{% macro refuse_second_run(holder) %}
    {{ exceptions.raise_compiler_error(
        'another run is building these tables: ' ~ (holder.command or 'dbt') ~ ' of ' ~ (holder.owner or 'somebody')
        ~ ', since ' ~ (holder.taken or 'just now') ~ ' UTC. This one changed nothing: run it again when the other has '
        ~ 'ended. If the other was killed, `shoplake unlock` removes its lock'
        ~ (', which ends by itself at ' ~ holder.expires[:16] ~ ' UTC' if holder.expires else '')
    ) }}
{% endmacro %}
