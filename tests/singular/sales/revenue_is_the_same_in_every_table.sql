{# Purchase revenue by hour, by category and by product is the same number: no gold table loses or invents money.
   By product it may be less but never more, because a purchase without product id has no product. #}
with

totals as (
    select
        (select coalesce(sum(total_revenue), 0) from {{ ref('hourly_revenue') }}) as by_hour,
        (select coalesce(sum(total_amount), 0) from {{ ref('transactions') }}) as by_line,
        (select coalesce(sum(total_revenue), 0) from {{ ref('category_daily_performance') }}) as by_category,
        (select coalesce(sum(total_revenue), 0) from {{ ref('product_funnel') }}) as by_product
)

select *
from totals
where by_hour <> by_line
    or by_hour <> by_category
    or by_product > by_hour
