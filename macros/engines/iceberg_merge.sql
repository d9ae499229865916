{# dbt-athena's MERGE, with the partitions that the new rows touch: `and target.event_date in (date '...')`. Trino prunes the
   target by dynamic filtering if the partition column is part of the key. Literals prune on any engine, and change
   nothing else, because the equality of the keys stands beside them.
   A statement writes at most 100 partitions. The adapter would send one MERGE of everything, be refused, and send one for
   each hundred, each of which would read every partition named here. So this macro sends one MERGE for each hundred dates.
   100 partitions: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
   A row is updated only if a column differs, so a run that computes the same rows writes no file. A model that merges only
   new rows sets update_condition='true', because to compare would read more.
   Macros of the root project take precedence over the adapter's, which stays reachable as dbt.iceberg_merge. If the
   adapter renamed it, merges would stay correct but not be pruned: tests/athena/test_parity.py looks at their text. #}
{% macro iceberg_merge() %}
    {%- set partition = (config.get('partitioned_by') or [none])[0] -%}
    {%- set unique_key = [kwargs['unique_key']] if kwargs['unique_key'] is string else kwargs['unique_key'] -%}
    {%- if not kwargs['update_condition'] -%}
        {%- do kwargs.update({'update_condition': a_column_differs(unique_key, kwargs)}) -%}
    {%- endif -%}
    {%- if partition not in unique_key -%}{{ return(dbt.iceberg_merge(**kwargs)) }}{%- endif -%}
    {%- set touched = touched_dates_of_rows(partition) -%}
    {%- set dates = distinct_dates(kwargs['tmp_relation'], partition) if touched is none else touched -%}
    {%- set merges = [] -%}
    {%- for some in (dates | batch(100) | list) or [[]] -%}
        {%- set arguments = dict(kwargs) -%}
        {%- set insert_conditions = [kwargs['insert_condition']] -%}
        {%- if dates | length > 100 -%}
            {%- do insert_conditions.append(in_literal_dates('src.' ~ partition, some)) -%}
        {%- endif -%}
        {%- if touched is not none and loop.first -%}
            {%- do insert_conditions.insert(0, '1 / if(' ~ in_literal_dates('src.' ~ partition, dates) ~ ', 1, 0) = 1') -%}
        {%- endif -%}
        {%- do arguments.update({
            'incremental_predicates': (kwargs['incremental_predicates'] or []) + [in_literal_dates('target.' ~ partition, some)],
            'insert_condition': insert_conditions | select | join(' and ') or none,
        }) -%}
        {%- do merges.append(dbt.iceberg_merge(**arguments)) -%}
    {%- endfor -%}
    {{ return(merges | last) }}
{% endmacro %}

{# The touched dates, as text, for a model whose rows are all of touched dates (replacing_groups says so); none for another.
   They are known, so the merge needs no query for the dates of its rows, which would be billed 10 MB. A row of another
   date would be inserted beside its stored copy, so it makes the merge fail (a division by zero), and nothing is written.
   Beyond a thousand dates a predicate names a span, which could not tell such a row, so the merge asks. #}
{% macro touched_dates_of_rows(partition) %}
    {%- if partition != 'event_date' or not config.get('has_touched_dates') -%}{{ return(none) }}{%- endif -%}
    {%- set touched = ref('touched_dates') -%}
    {%- set dates = [] if is_deferred(touched) else touched_by_this_run(touched).dates -%}
    {{ return(none if is_deferred(touched) or dates | length > 1000 else dates) }}
{% endmacro %}

{# The condition of a MERGE that a new row says something else than the stored one. NULL equals NULL. #}
{% macro a_column_differs(unique_key, arguments) %}
    {%- set columns = process_schema_changes(
        arguments['on_schema_change'], arguments['tmp_relation'], arguments['existing_relation']
    ) or adapter.get_columns_in_relation(arguments['target_relation']) -%}
    {%- set differences = [] -%}
    {%- for column in columns if column.name not in unique_key -%}
        {%- do differences.append('src.' ~ column.quoted ~ ' is distinct from target.' ~ column.quoted) -%}
    {%- endfor -%}
    {{ return('(' ~ differences | join(' or ') ~ ')') }}
{% endmacro %}
