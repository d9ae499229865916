{# Purchase revenue of a date by hour, by line, by category and by product is the same number: no table loses or invents
   money. By product it may be less but never more, because a purchase without product id has no product. With
   --vars 'test_all_dates: true' also that the products' totals are those of their days. #}
{% set sources = [
    ('by_hour', ref('hourly_revenue'), 'total_revenue'),
    ('by_line', ref('transactions'), 'total_amount'),
    ('by_category', ref('category_daily_performance'), 'total_revenue'),
    ('by_product', ref('product_days'), 'purchased_amount'),
] %}
{% set funnel = ref('product_funnel') %}

with

amounts as (
    {% for name, table, amount in sources %}
    select
        event_date,
        '{{ name }}' as seen,
        sum({{ amount }}) as revenue
    from {{ table }}
    where {{ in_tested_dates() }}
    group by 1
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

dates as (
    select
        event_date,
        coalesce(sum(revenue) filter (where seen = 'by_hour'), 0) as by_hour,
        coalesce(sum(revenue) filter (where seen = 'by_line'), 0) as by_line,
        coalesce(sum(revenue) filter (where seen = 'by_category'), 0) as by_category,
        coalesce(sum(revenue) filter (where seen = 'by_product'), 0) as by_product
    from amounts
    group by 1
),

products as (
    select sum(total_revenue) as revenue
    from {{ funnel }}
),

totals as (
    select
        sum(dates.by_product) as of_days,
        max(products.revenue) as of_products
    from dates
    cross join products
)

select
    cast(event_date as varchar) as place,
    by_hour,
    by_line,
    by_category,
    by_product
from dates
where by_hour <> by_line
    or by_hour <> by_category
    or by_product > by_hour
{% if var('test_all_dates') %}
union all
select
    'all products' as place,
    of_days as by_hour,
    of_days as by_line,
    of_days as by_category,
    of_products as by_product
from totals
where of_days <> of_products
{% endif %}
