{# The stored groups of the touched dates that `final` no longer has: their keys, every other column NULL.
   `columns` are all columns of final, in their order. A group vanishes when the copy of an event that wins turns out to
   say something else. The merge of `replacing_groups` then deletes what carries a NULL marker, because Athena's MERGE
   has no "not matched by source": https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html #}
{% macro vanished_groups(keys, columns) %}
    select
        {% for column in columns -%}
        {{ 'stored.' ~ column if column in keys else 'null as ' ~ column }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ this }} as stored
    where {{ in_touched_dates('stored.event_date') }}
        and not exists (
            select 1
            from final
            where {% for key in keys %}final.{{ key }} = stored.{{ key }}{{ ' and ' if not loop.last }}{% endfor %}
        )
{% endmacro %}
