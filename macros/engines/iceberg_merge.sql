{# dbt-athena's MERGE, told the partitions that the new rows touch: `and target.event_date in (date '...')`. The equality
   of the partition column, which is part of the key, prunes the target in Trino by dynamic filtering alone; literals
   prune on any engine, and change nothing else, because the equality stands beside them.
   A statement writes at most 100 partitions. The adapter sends one of all, is refused, and sends one for each hundred,
   which would each read every partition named here; so each hundred dates get a MERGE of their own at once.
   https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html (100 partitions)
   The root project's macros win over the adapter's; its own stays reachable as dbt.iceberg_merge. Should the adapter
   rename it, merges are right and unpruned: tests/athena/test_parity.py looks at their text. #}
{% macro iceberg_merge() %}
    {%- set partition = (config.get('partitioned_by') or [none])[0] -%}
    {%- set unique_key = config.get('unique_key') -%}
    {%- if partition not in ([unique_key] if unique_key is string else unique_key) -%}
        {{ return(dbt.iceberg_merge(**kwargs)) }}
    {%- endif -%}
    {%- set dates = distinct_dates(kwargs['tmp_relation'], partition) -%}
    {%- set merges = [] -%}
    {%- for some in (dates | batch(100) | list) or [[]] -%}
        {%- set arguments = dict(kwargs) -%}
        {%- do arguments.update({
            'incremental_predicates': (kwargs['incremental_predicates'] or []) + [one_of_dates('target.' ~ partition, some)]
        }) -%}
        {%- if dates | length > 100 -%}
            {%- set insert_conditions = [kwargs['insert_condition'], one_of_dates('src.' ~ partition, some)] -%}
            {%- do arguments.update({'insert_condition': insert_conditions | select | join(' and ')}) -%}
        {%- endif -%}
        {%- do merges.append(dbt.iceberg_merge(**arguments)) -%}
    {%- endfor -%}
    {{ return(merges | last) }}
{% endmacro %}
