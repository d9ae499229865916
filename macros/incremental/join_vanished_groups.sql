{# Completes `select * from final` by the stored groups of the touched dates that final no longer has: their keys, every
   other column NULL. A group vanishes when the copy of an event that wins turns out to say something else. The merge of
   `replacing_groups` then deletes what carries a NULL marker, because Athena's MERGE has no "not matched by source":
   https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html
   A full join, because whatever names final twice reads its tables twice: Trino keeps no result of a CTE. #}
{% macro join_vanished_groups(unique_key) %}
    {%- set keys = unique_key | join(', ') -%}
    full join (
        select {{ keys }}
        from {{ this }}
        where {{ in_touched_dates() }}
    ) as stored using ({{ keys }})
{% endmacro %}
