{# The ledger, when all that is fed by arrivals alone stands and is to be kept; none when a run must read from the start:
   the first run, a full refresh, a table dropped, or lost in a swap that was killed half way, or whose model was away.
   arrivals asks for it without a ref, because a ref would close a circle: the one exception. #}
{% macro ledger_of_whole_history() %}
    {%- if flags.FULL_REFRESH -%}{{ return(none) }}{%- endif -%}
    {%- set standing = [] -%}
    {%- set away = kept_names('left_behind') -%}
    {%- for name in ['events', 'rejected_events', 'loads'] -%}
        {%- set is_whole = this.schema ~ '.' ~ name not in away -%}
        {%- do standing.append(adapter.get_relation(this.database, this.schema, name) if is_whole else none) -%}
    {%- endfor -%}
    {%- if none in standing -%}{{ return(none) }}{%- endif -%}
    {%- set ledger = standing[-1] -%}
    {%- if 'object_digest' not in adapter.get_columns_in_relation(ledger) | map(attribute='name') -%}
        {{ exceptions.raise_compiler_error(
            ledger ~ ' was built by an older version, without object_digest: run dbt build --full-refresh once'
        ) }}
    {%- endif -%}
    {{ return(ledger) }}
{% endmacro %}
