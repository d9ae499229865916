{# The ledger as a relation, if events, rejected_events and loads exist and are current; none if this run must read bronze
   from the start: on a first run, on a full refresh, when such a table was dropped, was lost in a swap that was
   killed halfway, or went stale while its model was away, or if a full refresh ended before the ledger.
   arrivals asks for the ledger without ref(), which would be a cycle. This is the one exception. #}
{% macro ledger_of_whole_history() %}
    {%- if flags.FULL_REFRESH or recall('unfinished_refresh') -%}{{ return(none) }}{%- endif -%}
    {%- set standing = [] -%}
    {%- for name in ['events', 'rejected_events', 'loads'] if this.schema ~ '.' ~ name not in recall('stale_tables') -%}
        {%- do standing.append(stored_table({'database': this.database, 'schema': this.schema, 'alias': name})) -%}
    {%- endfor -%}
    {%- if standing | length < 3 or none in standing -%}{{ return(none) }}{%- endif -%}
    {%- set ledger = standing[-1] -%}
    {%- set columns = adapter.get_columns_in_relation(ledger) | map(attribute='name') | list -%}
    {#- what older versions did not count: replaced objects, copies that disagree (they kept the oldest copy), objects
        that cannot be read -#}
    {%- for column in ['object_digest', 'conflicting_count', 'unreadable_objects'] if column not in columns -%}
        {{ exceptions.raise_compiler_error(
            ledger ~ ' was built by an older version and lacks ' ~ column ~ ': run dbt build --full-refresh once'
        ) }}
    {%- endfor -%}
    {{ return(ledger) }}
{% endmacro %}
