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
            {#- arrivals of a full refresh hold everything, so a retry may refresh what is left -#}
            {%- do keep_names('unfinished_run', seen_after([], built) + (['a full refresh'] if flags.FULL_REFRESH else [])) -%}
        {%- else -%}
            {%- set seen = kept_names('unfinished_run') -%}
            {%- if seen -%}
                {%- do keep_names('unfinished_run', seen_after(seen, built) + (seen | select('eq', 'a full refresh') | list)) -%}
            {%- endif -%}
        {%- endif -%}
        {%- set left_behind = kept_names('left_behind') -%}
        {%- if left_behind -%}{%- do keep_names('left_behind', still_left_behind(left_behind, relations)) -%}{%- endif -%}
    {%- endif -%}
{% endmacro %}

{# What stays left behind once `built` are built: what was not, and what is made of it. #}
{% macro still_left_behind(left_behind, built) %}
    {%- set still = left_behind | reject('in', built) | list -%}
    {%- set names = [] -%}
    {%- for node in graph.nodes.values() if node.schema ~ '.' ~ node.alias in still -%}{%- do names.append(node.name) -%}{%- endfor -%}
    {%- for node in graph.nodes.values() if node.schema ~ '.' ~ node.alias in left_behind -%}
        {%- if ancestors_of(node) | select('in', names) | list -%}{%- do still.append(node.schema ~ '.' ~ node.alias) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(still) }}
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
        {%- set standing = [] -%}
        {%- for schema in graph.nodes.values() | selectattr('resource_type', 'eq', 'model') | map(attribute='schema') | unique -%}
            {%- for table in tables_of(this.database, schema) -%}
                {#- the adapters' own leftovers -#}
                {%- if not modules.re.search('__(dbt_tmp|dbt_backup|bkp|ha|tmp_not_partitioned)', table) -%}
                    {%- do standing.append(schema ~ '.' ~ table) -%}
                {%- endif -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set new = standing | reject('in', built + known) | list -%}
        {%- set gone = known | reject('in', standing) | list -%}
        {%- if new or gone -%}{%- do keep_names('left_behind', known | reject('in', gone) | list + new) -%}{%- endif -%}
        {%- if new -%}
            {%- do log(
                new | sort | join(', ') ~ ': no model builds this, so it misses what arrives from now on. Drop it if it is not '
                ~ 'needed; should its model come back, that run computes it from the start.',
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
