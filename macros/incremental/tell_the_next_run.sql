{# What a run that did not go its whole way leaves for the next one, as kept_names: which incremental models have seen the
   arrivals that the ledger does not count yet (unfinished_run), and which tables have a model no longer (left_behind).
   A killed run leaves nothing, and is simply run again. #}
{% macro tell_the_next_run(results) %}
    {%- if execute and flags.WHICH in ('run', 'build') and results -%}
        {%- set built = [] -%}
        {%- set relations = [] -%}
        {%- for result in results if result.status == 'success' and result.node.resource_type == 'model' -%}
            {%- do built.append(result.node.name) -%}
            {%- do relations.append(result.node.schema ~ '.' ~ result.node.alias) -%}
        {%- endfor -%}
        {%- if 'loads' in built -%}
            {%- do keep_names('unfinished_run', []) -%}
        {%- elif 'arrivals' in built -%}
            {%- do keep_names('unfinished_run', built) -%}
        {%- else -%}
            {%- set seen = kept_names('unfinished_run') -%}
            {%- if seen -%}{%- do keep_names('unfinished_run', seen + built) -%}{%- endif -%}
        {%- endif -%}
        {%- set left_behind = kept_names('left_behind') -%}
        {%- if left_behind -%}{%- do keep_names('left_behind', left_behind | reject('in', relations) | list) -%}{%- endif -%}
    {%- endif -%}
{% endmacro %}

{# arrivals are about to be others: what was said of the last ones holds no more. #}
{% macro forget_unfinished_run() %}
    {%- if is_building() -%}
        {%- do keep_names('unfinished_run', []) -%}
    {%- endif -%}
{% endmacro %}

{# Before the ledger moves: tables that stand in our schemas and that no model builds miss what it counts. Should their
   model come back (a branch is switched), in_touched_dates lets it compute every date once. #}
{% macro note_tables_left_behind() %}
    {%- if is_building() -%}
        {%- set built = [] -%}
        {%- for node in graph.nodes.values() -%}{%- do built.append(node.schema ~ '.' ~ node.alias) -%}{%- endfor -%}
        {%- set known = kept_names('left_behind') -%}
        {%- set new = [] -%}
        {%- for schema in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | map(attribute='schema') | unique -%}
            {%- for table in tables_of(this.database, schema) -%}
                {%- set name = schema ~ '.' ~ table -%}
                {#- the adapter's own leftovers have __ in their names -#}
                {%- if '__' not in table and name not in built + known -%}{%- do new.append(name) -%}{%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- if new -%}
            {%- do keep_names('left_behind', known + new) -%}
            {%- do log(
                new | sort | join(', ') ~ ': no model builds this, so it misses what arrives from now on. Drop it if it is not '
                ~ 'needed; should its model come back, that run computes it from the start.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
