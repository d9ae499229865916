{# dbt-athena's MERGE, told the partitions that the new rows touch: `and target.event_date in (date '...')`. The equality
   of the partition column, which is part of the key, prunes the target in Trino by dynamic filtering alone; literals
   prune on any engine, and change nothing else, because the equality stands beside them.
   The root project's macros win over the adapter's; its own stays reachable as dbt.iceberg_merge. Should the adapter
   rename it, merges are right and unpruned: tests/athena/test_parity.py looks at their text. #}
{% macro iceberg_merge() %}
    {%- set arguments = dict(kwargs) -%}
    {%- set partition = (config.get('partitioned_by') or [none])[0] -%}
    {%- if partition in config.get('unique_key') -%}
        {%- set dates = distinct_dates(arguments['tmp_relation'], partition) -%}
        {%- do arguments.update({
            'incremental_predicates': (arguments['incremental_predicates'] or []) + [one_of_dates('target.' ~ partition, dates)]
        }) -%}
    {%- endif -%}
    {{ return(dbt.iceberg_merge(**arguments)) }}
{% endmacro %}
