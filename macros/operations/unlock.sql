{# `dbt run-operation unlock`, which `shoplake unlock` runs: removes the lock that a killed run left, and says whose it was. #}
{% macro unlock() %}
    {%- if not runs_can_meet() -%}
        {%- do log('On DuckDB the process that has the file open keeps others out, so there is no lock to remove.', info=true) -%}
    {%- else -%}
        {%- set holder = run_lock() -%}
        {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
        {%- for name in relations_in(ledger.database, ledger.schema) if name.startswith('run_lock') -%}
            {%- do drop_run_lock(name) -%}
        {%- endfor -%}
        {%- do log(
            'No run holds the lock of ' ~ ledger.schema ~ '.' if holder is none else
            'Removed the lock of ' ~ holder.command ~ ' by ' ~ holder.owner ~ ', taken at ' ~ holder.taken ~ ' UTC. If that run still goes '
            ~ 'on, end it before you build.',
            info=true
        ) -%}
    {%- endif -%}
{% endmacro %}
