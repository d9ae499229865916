{# A pre-hook of loads, before the watermark moves: a table in our schemas, or in one in which models stood before, that no
   model builds misses what the ledger is about to count. It is remembered as stale and reported once. Should its model
   come back (someone switches a branch), in_touched_dates makes that run compute every date. #}
{% macro mark_stale_tables() %}
    {%- if is_building() -%}
        {%- set built = [] -%}
        {%- for node in graph.nodes.values() if node.config.materialized != 'ephemeral' -%}
            {%- do built.append(node.schema ~ '.' ~ node.alias) -%}
        {%- endfor -%}
        {%- set ours = graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | map(attribute='schema') | unique | list -%}
        {%- set known_tables = [] -%}
        {%- for record in recall('definitions') -%}{%- do known_tables.append(record.rsplit('=', 1)[0]) -%}{%- endfor -%}
        {%- set schemas = ours | list -%}
        {%- for table in known_tables -%}{%- do schemas.append(table.split('.', 1)[0]) -%}{%- endfor -%}
        {%- set standing = [] -%}
        {%- for schema in schemas | unique -%}
            {%- for table in tables_of(this.database, schema) if schema in ours or schema ~ '.' ~ table in known_tables -%}
                {#- not the lock, and not what the adapters leave behind when a run is killed -#}
                {%- if not modules.re.search('^run_lock|__(dbt_tmp|dbt_backup|bkp|ha|tmp_not_partitioned)', table) -%}
                    {%- do standing.append(schema ~ '.' ~ table) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set known = recall('stale_tables') -%}
        {%- set new = standing | reject('in', built + known) | list -%}
        {%- do remember('stale_tables', known | select('in', standing) | list + new) -%}
        {%- if new -%}
            {%- do log(
                'No model builds ' ~ new | sort | join(', ') ~ ' any more, so it goes stale. Drop it, or restore the model: '
                ~ 'its next run rebuilds it.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
