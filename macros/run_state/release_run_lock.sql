{# on-run-end, after everything else: removes the lock, if it is still that of this run. #}
{% macro release_run_lock() %}
    {%- if execute and notes_of_this_run().lock_expires and (run_lock() or {}).run == invocation_id -%}
        {%- do drop_run_lock() -%}
    {%- endif -%}
{% endmacro %}
