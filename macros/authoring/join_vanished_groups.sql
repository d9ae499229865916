{# Adds to `select * from final` the stored groups of the touched dates (or all groups) that final no longer has: their
   keys, with NULL in every other column. The merge of `replacing_groups` deletes the rows whose marker is NULL. A group
   vanishes when another copy of an event wins and says something else.

   Arguments
       unique_key: list of the model's key columns; the default is the unique_key of its config
       of: 'touched dates'; 'touched months' for a table of months, which has a column event_month; 'touched hours' for a
           model with one row for each event, which computes those of in_touched_hours(); or 'all' for a model that
           computes every row in every run

   Example
       select * from final
       {% if is_incremental() %}
       {{ join_vanished_groups() }}
       {% endif %}
   renders to, with unique_key=['event_date', 'category']
       select * from final
       full join (
           select event_date, category
           from "warehouse"."shoplake_gold"."category_daily_performance"
           where event_date in (select dates.event_date from "warehouse"."shoplake_silver"."touched_dates" as dates)
       ) as stored using (event_date, category)

   The `if` is in the model, because a unit test can override is_incremental() there and not in a macro.
   Athena's MERGE has no "not matched by source": https://docs.aws.amazon.com/athena/latest/ug/merge-into-statement.html.
   It is a full join because Trino keeps no result of a CTE: a second mention of final would read its tables twice. #}
{% macro join_vanished_groups(unique_key=none, of='touched dates') %}
    {%- set keys = (unique_key or key_of_this_model()) | join(', ') -%}
    full join (
        select {{ keys }}
        from {{ this }}
        {% if of == 'touched months' %}
        where {{ in_touched_months('event_month') }}
        {% elif of != 'all' %}
        where {{ in_touched_dates() }}
        {% endif %}
        {% if of == 'touched hours' %}
        and ({{ keys }}) in (
            select {{ keys }}
            from {{ ref('events') }}
            where {{ in_touched_dates() }} and {{ in_touched_hours() }}
        )
        {% endif %}
    ) as stored using ({{ keys }})
{% endmacro %}

{# The unique_key of the model's config, as a list. In a unit test dbt gives a macro neither the config of the model nor the
   graph, so there the key is read from the model's text. #}
{% macro key_of_this_model() %}
    {%- if not execute -%}{{ return([]) }}{%- endif -%}
    {%- set key = config.get('unique_key') -%}
    {%- if not key -%}
        {%- set written = modules.re.search("unique_key=(\\[[^\\]]*\\]|'[^']*')", model.raw_code)[1] -%}
        {%- set key = modules.re.findall("'([^']*)'", written) -%}
    {%- endif -%}
    {{ return([key] if key is string else key) }}
{% endmacro %}
