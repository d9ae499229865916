"""The truth is compared with what SQL finds in the lake, by the definitions of sessions, orders and touches."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from ingestion.simulator.plan import RunOptions
from tests.ingestion.simulator.lakes import fill

# One row per event and date; `identity_links`, `touches` and the others as the models define them.
EVENTS = """
create table events as
select *, cast(event_time as date) as event_date
from read_json('{lake}/bronze/events/*/*/*.gz', format = 'newline_delimited', columns = {{
    event_id: 'varchar', event_type: 'varchar', event_time: 'timestamp', received_at: 'timestamp', user_id: 'varchar',
    anonymous_id: 'varchar', session_id: 'varchar', utm_source: 'varchar', utm_medium: 'varchar',
    utm_campaign: 'varchar', referrer: 'varchar', product_id: 'varchar', price: 'decimal(18, 4)', quantity: 'int',
    line_total: 'decimal(18, 4)', discount: 'decimal(18, 4)', coupon: 'varchar', tax: 'decimal(18, 4)',
    shipping: 'decimal(18, 4)', currency: 'varchar', order_id: 'varchar', source: 'varchar', reject_reason: 'varchar'
}})
where reject_reason is null
qualify row_number() over (partition by event_date, event_id order by received_at desc) = 1
"""
VISITS = """
create table visits as
with begun as (
    select *,
        case when event_time < lag(event_time) over of_device + interval 30 minute then 0 else 1 end as begins
    from events
    where session_id is not null and anonymous_id not in (select anonymous_id from bots)
    window of_device as (partition by anonymous_id, session_id order by event_time, event_id)
)
select *,
    sum(begins) over (partition by anonymous_id, session_id order by event_time, event_id) as number,
    [utm_source, utm_medium, utm_campaign] as campaign,
    coalesce(utm_source, utm_medium, utm_campaign) is not null as is_named
from begun
"""
SESSIONS = """
create table sessions as
select anonymous_id, session_id, number, min(event_time) as started_at, max(event_time) as ended_at,
    count(*) as event_count, max(user_id) as user_id, first(campaign order by event_time, event_id) as campaign,
    first(referrer order by event_time, event_id) as referrer
from visits group by all
"""
ORDERS = """
create table lines as
with bought as (
    select *, coalesce(line_total, price * quantity) as amount
    from events where event_type = 'refund' or (event_type = 'purchase' and source = 'tracker')
)
select *,
    event_type = 'purchase' and (
        count(*) over (
            partition by event_type, order_id, product_id, price, quantity order by event_time
            range between interval 24 hour preceding and interval 60 second preceding
        ) > 0
        or exists (
            select 1 from bought as earlier
            where earlier.event_id = bought.event_id and earlier.event_date = bought.event_date - 1
        )
    ) as is_repeat
from bought
"""
ORDER_SUMS = """
create table orders as
select order_id, min(event_time) as ordered_at, cast(min(event_time) as date) as order_date,
    first(user_id order by event_time) as user_id, first(anonymous_id order by event_time) as device_id,
    count(*) filter (not is_repeat and event_type = 'purchase') as line_count,
    count(*) filter (is_repeat) as repeat_count,
    sum(quantity) filter (not is_repeat and event_type = 'purchase') as piece_count,
    sum(amount) filter (not is_repeat and event_type = 'purchase') as gross,
    coalesce(sum(discount) filter (not is_repeat), 0) as discount,
    coalesce(sum(amount) filter (event_type = 'refund'), 0) as refunded,
    max(tax) as tax, max(shipping) as shipping, max(coupon) as coupon, max(currency) as currency
from lines group by order_id having bool_or(event_type = 'purchase')
"""
TOUCHES = """
create table touches as
with compared as (
    select *,
        row_number() over (partition by anonymous_id, session_id, number order by event_time, event_id) as place,
        row_number() over of_named as named_place,
        lag(campaign) over of_named as earlier
    from visits
    window of_named as (partition by anonymous_id, session_id, number, is_named order by event_time, event_id)
)
select event_date, event_time as touched_at, anonymous_id, user_id, campaign, referrer
from compared where place = 1 or (is_named and (named_place = 1 or campaign is distinct from earlier))
"""
PATHS = """
create table paths as
with links as (
    select event_date, anonymous_id, user_id, min(event_time) as first_seen_at
    from visits where user_id is not null group by all
),
linked as (
    select distinct order_id, order_date, ordered_at, links.anonymous_id
    from orders inner join links on orders.user_id = links.user_id
        and order_date - event_date between 0 and 30 and first_seen_at <= ordered_at
),
people as (
    select order_id, linked.anonymous_id
    from linked inner join links on linked.anonymous_id = links.anonymous_id
        and order_date - event_date between 0 and 30 and first_seen_at <= ordered_at
    group by all having count(distinct user_id) <= 3
    union
    select order_id, device_id from orders
),
reached as (
    select orders.order_id, touches.*
    from people inner join orders using (order_id) inner join touches
        on touches.anonymous_id = people.anonymous_id
        and order_date - event_date between 0 and 30 and touched_at <= ordered_at
    union
    select order_id, touches.*
    from orders inner join touches on orders.user_id = touches.user_id
        and order_date - event_date between 0 and 30 and touched_at <= ordered_at
)
select order_id, count(*) as touch_count,
    min(touched_at) as first_touch_at, first(campaign order by touched_at) as first_campaign,
    first(referrer order by touched_at) as first_referrer,
    max(touched_at) as last_touch_at, last(campaign order by touched_at) as last_campaign,
    last(referrer order by touched_at) as last_referrer
from reached group by order_id
"""
SHARES = (
    "refired=0.2",
    "restamped=0.1",
    "backend=0.3",
    "shared_device=0.1",
    "campaign_click=0.2",
    "coupon=0.3",
    "refund=0.2",
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Twelve days of a shop with all its faults, and one more day: what is in its lake, and the truth beside it."""
    lake = tmp_path_factory.mktemp("meant")
    fill(lake, RunOptions(events=40_000, days=12, shares=SHARES))
    fill(lake, RunOptions(more="10h"))
    with duckdb.connect() as connection:
        connection.execute(f"create table bots as select * from read_json('{lake}/truth/bots.jsonl')")
        for statement in (EVENTS, VISITS, SESSIONS, ORDERS, ORDER_SUMS, TOUCHES, PATHS):
            connection.execute(statement.format(lake=lake) if "{lake}" in statement else statement)
        for table in ("sessions", "orders", "order_touches"):
            connection.execute(f"create table true_{table} as select * from read_csv('{lake}/truth/{table}/*.csv.gz')")
        yield connection


def count(shop: duckdb.DuckDBPyConnection, query: str) -> int:
    [(number,)] = shop.execute(query).fetchall()
    return int(number)


def test_sessions_are_as_they_were_meant(shop: duckdb.DuckDBPyConnection) -> None:
    differing = shop.execute(
        """
        select truth.*, sessions.* from true_sessions as truth left join sessions
            on device_id = anonymous_id and tracker_session_id = session_id and truth.started_at = sessions.started_at
        where faults is null and (
            (sessions.ended_at, sessions.event_count) is distinct from (truth.ended_at, truth.event_count)
            or (sessions.user_id, sessions.referrer) is distinct from (truth.user_id, truth.referrer)
            or sessions.campaign is distinct from [source, medium, truth.campaign]
        )
        """
    ).fetchall()
    assert differing == []
    assert count(shop, "select count(*) from true_sessions where faults is null") > 9_000
    unknown = """
        select count(*) from sessions anti join (select * from true_sessions) as truth
        on session_id = tracker_session_id and (faults is not null or sessions.started_at = truth.started_at)
    """
    assert count(shop, unknown) == 0


def test_orders_are_as_they_were_meant(shop: duckdb.DuckDBPyConnection) -> None:
    same = (
        *("ordered_at", "user_id", "device_id", "line_count", "piece_count", "gross", "discount", "coupon", "tax"),
        *("shipping", "currency", "refunded", "repeat_count"),
    )
    differing = shop.execute(
        "select truth.*, orders.* from true_orders as truth left join orders using (order_id) "
        "where faults is null and ("
        + " or ".join(f"truth.{name} is distinct from orders.{name}" for name in same)
        + ")"
    ).fetchall()
    assert differing == []
    for least, query in (
        (350, "select count(*) from true_orders where faults is null"),
        (20, "select count(*) from true_orders where is_restamped"),
        (50, "select count(*) from true_orders where reload_count > 0"),
        (50, "select count(*) from true_orders where backend_count > 0"),
        (15, "select count(*) from true_orders where refunded > 0 and net = gross - refunded"),
    ):
        assert count(shop, query) >= least, query
    assert count(shop, "select count(*) from orders anti join true_orders using (order_id)") == 0


def test_first_and_last_touches_are_as_they_were_meant(shop: duckdb.DuckDBPyConnection) -> None:
    differing = shop.execute(
        """
        select truth.*, paths.* from true_order_touches as truth
            inner join true_orders using (order_id) left join paths using (order_id)
        where truth.faults is null and true_orders.faults is null and (
            paths.touch_count is distinct from truth.touch_count
            or (paths.first_touch_at, paths.first_referrer) is distinct from (
                truth.first_touch_at, truth.first_referrer)
            or (paths.last_touch_at, paths.last_referrer) is distinct from (truth.last_touch_at, truth.last_referrer)
            or paths.first_campaign is distinct from [first_source, first_medium, truth.first_campaign]
            or paths.last_campaign is distinct from [last_source, last_medium, truth.last_campaign]
        )
        """
    ).fetchall()
    assert differing == []
    assert count(shop, "select count(*) from true_order_touches where faults is null") > 150
    assert count(shop, "select count(*) from true_order_touches where first_touch_at < last_touch_at") > 100
    assert count(shop, "select count(*) from true_order_touches") == count(shop, "select count(*) from true_orders")
