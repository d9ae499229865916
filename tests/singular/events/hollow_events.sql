{# Warns if the events that this run read are hollow: purchases without price, product or order, views without product,
   events without visitor. They are accepted, and count as little. One row per share above its limit (variable
   hollow_limits); `dbt show --select hollow_events` prints them. A usual reason is a field that the dialect does not
   rename. #}
{{ config(severity='warn') }}

{% set limits = var('hollow_limits') %}

with

counted as (
    select
        count(*) as events,
        count(*) filter (where event_type = 'purchase') as purchases,
        count(*) filter (where event_type = 'view_item') as views,
        count(*) filter (where event_type = 'purchase' and price is null and line_total is null) as without_price,
        count(*) filter (where event_type = 'purchase' and product_id is null) as without_product,
        count(*) filter (where event_type = 'purchase' and order_id is null) as without_order,
        count(*) filter (where event_type = 'view_item' and product_id is null) as views_without_product,
        count(*) filter (where {{ visitor() }} is null) as without_visitor
    from {{ ref('arrivals') }}
    where reject_reason is null
),

shares as (
    {% for name, hollow, base in [
        ('purchase_without_price', 'without_price', 'purchases'),
        ('purchase_without_product', 'without_product', 'purchases'),
        ('purchase_without_order', 'without_order', 'purchases'),
        ('view_without_product', 'views_without_product', 'views'),
        ('no_visitor', 'without_visitor', 'events'),
    ] %}
    select
        '{{ name }}' as hollow,
        {{ hollow }} as hollow_count,
        {{ base }} as event_count,
        {{ rate(hollow, base) }} as hollow_share,
        cast('{{ limits[name] | default(1) }}' as double) as share_limit
    from counted
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select *
from shares
where hollow_share > share_limit
