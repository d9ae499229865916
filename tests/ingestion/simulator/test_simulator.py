"""The simulated shop is believable, and its dirt is what was asked for. Nothing here touches a disk."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

from ingestion.errors import UserError
from ingestion.simulator.faults import Rates
from ingestion.simulator.plan import RunOptions, plan_following, plan_run, shortened
from ingestion.simulator.run import Run, bot_total, moment
from ingestion.simulator.shop import open_shop
from ingestion.simulator.stream import Simulation
from ingestion.simulator.truth import Tally

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CLEAN = tuple((name, 0.0) for name in ("late", "duplicate", "malformed", "skew", "pii", "bot"))


@dataclass
class Sent:
    """What a run sent: payload, arrival and parsed events; `unread` are lines that are no JSON object."""

    payload: bytes = b""
    tally: Tally = field(default_factory=Tally)
    events: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[datetime] = field(default_factory=list)
    unread: int = 0

    def of_type(self, event_type: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event_type"] == event_type]


def send(options: RunOptions, past: list[Run] | None = None) -> tuple[Run, Sent]:
    run = plan_run(options, past or [], NOW)
    simulation = Simulation(run.seed)
    carried = simulation.carried_over(past, run.start, run.end) if past else None
    fresh = run.lines - sum(bot_total(run, bot) for bot in simulation.bots) - (len(carried.text) if carried else 0)
    run = replace(run, fresh=fresh)
    sent, payloads = Sent(), []
    for batch in simulation.batches(run, carried):
        payloads.append(batch.payload)
        sent.tally.add(batch)
        for line in batch.payload.split(b"\n"):
            try:
                event = json.loads(line)
            except ValueError:
                event = None
            if isinstance(event, dict):
                sent.events.append(event)
                sent.arrivals.append(batch.received_at)
            else:
                sent.unread += 1
    sent.payload = b"\n".join(payloads)
    return run, sent


@pytest.fixture(scope="module")
def clean() -> Sent:
    return send(RunOptions(events=60_000, days=7, rates=CLEAN))[1]


@pytest.fixture(scope="module")
def dirty() -> Sent:
    return send(RunOptions(events=60_000, days=7))[1]


def test_same_seed_and_period_give_the_same_bytes() -> None:
    options = RunOptions(events=3_000, days=2)
    assert send(options)[1].payload == send(options)[1].payload


def test_another_seed_gives_another_shop() -> None:
    ours, other = open_shop(7), open_shop(8)
    assert ours.product_ids != other.product_ids
    assert ours.prices(20_000) != other.prices(20_000)
    ids = [{event["event_id"] for event in send(RunOptions(events=500, days=1, seed=seed))[1].events} for seed in (7, 8)]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("events", [1, 7, 1_000, 12_345])
def test_number_of_lines_is_exact(events: int) -> None:
    assert send(RunOptions(events=events, days=2))[1].tally.lines == events


def test_arrivals_never_go_back_and_stay_in_the_period() -> None:
    run, sent = send(RunOptions(events=5_000, days=1, start="2026-03-01"))
    assert all(earlier <= later for earlier, later in pairwise(sent.arrivals))
    assert sent.arrivals[0] >= datetime(2026, 3, 1, tzinfo=UTC)
    assert sent.arrivals[-1] < datetime(2026, 3, 2, tzinfo=UTC)
    assert run.end - run.start == 86_400_000_000


def test_event_ids_are_unique_where_nothing_is_sent_twice(clean: Sent) -> None:
    ids = [event["event_id"] for event in clean.events]
    assert len(ids) == len(set(ids)) == 60_000


def test_no_dirt_where_no_dirt_was_asked_for(clean: Sent) -> None:
    assert {name: count for name, count in clean.tally.counts().items() if count and name != "new_field"} == {}
    assert clean.unread == 0
    assert not any("@" in value for event in clean.events for value in event.values() if isinstance(value, str))
    late = [
        arrived - datetime.fromisoformat(event["event_time"])
        for event, arrived in zip(clean.events, clean.arrivals, strict=True)
    ]
    # a batch is a minute
    assert max(late) < timedelta(minutes=2, seconds=1)
    assert min(late) > timedelta(0)


@pytest.mark.parametrize("rate", [0.01, 0.2])
@pytest.mark.parametrize("name", ["late", "duplicate", "malformed", "skew", "pii", "bot"])
def test_each_rate_is_met(name: str, rate: float) -> None:
    rates = tuple((other, rate if other == name else 0.0) for other, _ in CLEAN)
    run, sent = send(RunOptions(events=20_000, days=4, rates=rates))
    counted = {"skew": "clock_skew", "pii": "personal_data"}.get(name, name)
    share = sent.tally.counts()[counted] / run.lines
    # a copy replaces a line: 0.2 of all events sent twice are 0.2 / 1.2 of all lines
    expected = rate / (1 + rate) if name == "duplicate" else rate
    assert share == pytest.approx(expected, rel=0.25)


def test_counts_of_the_truth_are_those_of_the_lines(dirty: Sent) -> None:
    counts = dirty.tally.counts()
    lines = dirty.payload.split(b"\n")
    assert len(lines) == dirty.tally.lines
    known = [event.get("event_id") for event in dirty.events if event.get("event_id")]
    copies = len(known) - len(set(known))
    assert counts["duplicate"] * 0.97 <= copies <= counts["duplicate"]
    assert counts["new_field"] == sum("loyalty_tier" in event for event in dirty.events) - sum(
        "loyalty_tier" in event for event in dirty.events if _is_broken(event)
    )
    agents = Counter(event.get("user_agent", "") for event in dirty.events)
    assert agents["python-requests/2.32.3"] == agents["Scrapy/2.11.2 (+https://scrapy.org)"] == counts["bot"] // 4


def _is_broken(event: dict[str, Any]) -> bool:
    return (
        event["event_type"] in ("product_viewed", "undefined")
        or event["event_time"] in ("31.12. 25:61", "NaN-NaN-NaN")
        or event.get("quantity") in (0, 10**12)
        or event.get("price") in ("19,90", -19.9)
        or event.get("price") is True
    )


def test_new_field_appears_on_the_second_day_only(dirty: Sent) -> None:
    first = min(dirty.arrivals)
    with_tier = [at for event, at in zip(dirty.events, dirty.arrivals, strict=True) if "loyalty_tier" in event]
    assert len(with_tier) > 1_000
    assert min(with_tier) >= first + timedelta(hours=23)


def test_funnel_narrows_and_differs_between_products(clean: Sent) -> None:
    count = Counter(event["event_type"] for event in clean.events)
    assert count["view_item"] > 5 * count["add_to_cart"] > 5 * count["purchase"] > 0
    assert count["search"] > 0
    assert count["remove_from_cart"] > 0
    assert count["add_to_cart"] > count["begin_checkout"] > 0
    views = Counter(event["product_id"] for event in clean.of_type("view_item"))
    carts = Counter(event["product_id"] for event in clean.of_type("add_to_cart"))
    rates = [carts[product] / seen for product, seen in views.most_common(30)]
    assert min(rates) < 0.02
    assert max(rates) > 0.10


def test_popularity_follows_a_power_law(clean: Sent) -> None:
    views = sorted(Counter(event["product_id"] for event in clean.of_type("view_item")).values(), reverse=True)
    rank = np.arange(1, 301)
    slope = np.polyfit(np.log(rank + 2), np.log(views[:300]), 1)[0]
    assert -1.3 < slope < -0.7


def test_traffic_peaks_in_the_evening_and_sleeps_at_four(clean: Sent) -> None:
    hours = Counter(event["event_time"][11:13] for event in clean.events)
    assert hours.most_common(1)[0][0] in ("19", "20", "21")
    assert hours["04"] * 8 < hours["20"]


def test_visitors_come_back_on_other_days_and_some_on_two_devices(clean: Sent) -> None:
    days, sessions, cookies = defaultdict(set), defaultdict(set), defaultdict(set)
    for event in clean.events:
        days[event["anonymous_id"]].add(event["event_time"][:10])
        sessions[event["anonymous_id"]].add(event.get("session_id"))
        if "user_id" in event:
            cookies[event["user_id"]].add(event["anonymous_id"])
    assert sum(len(seen) > 1 for seen in days.values()) > 0.05 * len(days)
    assert sum(len(seen) > 2 for seen in sessions.values()) > 20
    assert max(len(seen) for seen in cookies.values()) == 2


def test_session_goes_forward_from_one_landing_page_with_its_campaign(clean: Sent) -> None:
    sessions = defaultdict(list)
    for event in clean.events:
        if "session_id" in event:
            sessions[event["session_id"]].append(event)
    assert len(sessions) > 8_000
    sources: Counter[str] = Counter()
    for events in sessions.values():
        events.sort(key=lambda event: str(event["event_time"]))
        landings = [event for event in events if "utm_source" in event or "referrer" in event]
        assert len(landings) <= 1
        assert len({event["anonymous_id"] for event in events}) == 1
        if landings:
            assert landings[0] is events[0] or landings[0]["event_time"] == events[0]["event_time"]
            sources[landings[0].get("utm_campaign") or landings[0]["referrer"]] += 1
            assert ("utm_source=" in landings[0]["page_url"]) == ("utm_source" in landings[0])
    assert {"brand", "weekly_deals", "retargeting", "cart_reminder", "https://www.google.com/"} <= set(sources)


def test_orders_have_several_lines_and_refunds_belong_to_them(clean: Sent) -> None:
    orders: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for event in clean.of_type("purchase"):
        orders[event["order_id"]][event["product_id"]] = event
        assert event["quantity"] >= 1
        assert event["currency"] == "EUR"
    assert sum(len(lines) > 1 for lines in orders.values()) > 0.1 * len(orders)
    refunds = clean.of_type("refund")
    assert len(refunds) > 10
    for refund in refunds:
        bought = orders[refund["order_id"]][refund["product_id"]]
        assert refund["event_time"] > bought["event_time"]
        assert refund["quantity"] <= bought["quantity"]
        assert refund["price"] == bought["price"]


def test_what_the_server_writes_is_whole_and_on_time() -> None:
    rates = (*CLEAN, ("malformed", 0.3), ("skew", 0.3))
    _, sent = send(RunOptions(events=20_000, days=2, rates=rates))
    orders = [
        (event, arrived) for event, arrived in zip(sent.events, sent.arrivals, strict=True) if "order_id" in event
    ]
    assert len(orders) > 100
    for event, arrived in orders:
        assert not _is_broken(event)
        assert timedelta(0) < arrived - datetime.fromisoformat(event["event_time"]) < timedelta(minutes=3)


def test_prices_change_over_days(clean: Sent) -> None:
    prices = defaultdict(set)
    for event in clean.of_type("view_item"):
        prices[event["product_id"]].add(event["price"])
    assert sum(len(seen) > 1 for seen in prices.values()) > 100


def test_each_kind_of_bot_behaves_as_it_is_named(dirty: Sent) -> None:
    bots = {bot.anonymous_id: bot for bot in Simulation(7).bots}
    seen = defaultdict(list)
    for event in dirty.events:
        if event.get("anonymous_id") in bots:
            seen[bots[event["anonymous_id"]].kind].append(event)
    types = {kind: Counter(event["event_type"] for event in events) for kind, events in seen.items()}
    assert set(types["scraper"]) == set(types["price_monitor"]) == {"view_item"}
    assert types["scalper"]["add_to_cart"] > 3 * types["scalper"]["view_item"]
    assert len({event["product_id"] for event in seen["scalper"]}) == 1
    assert len({event["ip_address"] for event in seen["price_monitor"]}) > 10
    times = sorted(datetime.fromisoformat(event["event_time"]) for event in seen["price_monitor"])
    gaps = np.array([(later - earlier).total_seconds() for earlier, later in pairwise(times)])
    assert gaps.std() < 0.25 * gaps.mean()


def test_one_more_hour_brings_late_events_of_before_and_no_known_ids() -> None:
    first, before = send(RunOptions(events=60_000, days=3, rates=(("late", 0.1), ("duplicate", 0.0))))
    run, after = send(RunOptions(more="1h", events=2_000), [first])
    assert (run.start, run.seed, run.rates) == (first.end, first.seed, first.rates)
    assert after.tally.lines == 2_000
    end = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=first.end)).isoformat()[:19]
    times = [event["event_time"] for event in after.events if len(event["event_time"]) == 24]
    assert sum(time < end for time in times) > 20
    known = {event["event_id"] for event in before.events if "event_id" in event}
    assert not known & {event["event_id"] for event in after.events if "event_id" in event}
    cookies = {event["anonymous_id"] for event in before.events if "anonymous_id" in event}
    assert len(cookies & {event.get("anonymous_id") for event in after.events}) > 50


def test_more_stops_where_this_hour_ends_and_says_so() -> None:
    first = plan_run(RunOptions(events=7_200, days=3), [], NOW)
    whole = plan_run(RunOptions(more="1h"), [first], NOW)
    assert (moment(whole.end), shortened(RunOptions(more="1h"), whole)) == (datetime(2026, 11, 21, 10, tzinfo=UTC), None)
    day = plan_run(RunOptions(more="1d"), [first], NOW)
    assert (day.end, day.lines) == (whole.end, whole.lines)
    assert "--more 1d stops at 10:00 UTC" in (shortened(RunOptions(more="1d"), day) or "")
    with pytest.raises(UserError, match="has already reached the end of this hour, 10:00 UTC"):
        plan_run(RunOptions(more="1h"), [first, whole], NOW)
    later = plan_run(RunOptions(more="1h"), [first, whole], NOW + timedelta(hours=1))
    assert (later.start, moment(later.end).hour) == (whole.end, 11)


def test_a_shop_that_was_started_in_the_future_goes_on_there() -> None:
    first = plan_run(RunOptions(events=100, days=1, start="2027-03-01"), [], NOW)
    run = plan_run(RunOptions(more="2d"), [first], NOW)
    assert moment(run.end) == datetime(2027, 3, 4, tzinfo=UTC)


def test_what_is_carried_over_does_not_depend_on_how_often_one_looks() -> None:
    first, _ = send(RunOptions(events=10_000, days=2))
    simulation, half = Simulation(first.seed), 12 * 3_600_000_000
    whole = simulation.carried_over([first], first.end, first.end + 2 * half)
    halves = [
        simulation.carried_over([first], first.end + part * half, first.end + (part + 1) * half) for part in (0, 1)
    ]
    assert sorted(whole.text) == sorted(halves[0].text + halves[1].text)
    assert len(whole.text) > 20


def test_following_keeps_the_rate_from_the_first_second() -> None:
    run = plan_following(RunOptions(), [], NOW, lines_a_second=50)
    batches = list(islice(Simulation(7).follow(run, 1_000_000), 60))
    assert sum(len(batch.tags) for batch in batches[:20]) == pytest.approx(1_000, rel=0.15)
    assert sum(len(batch.tags) for batch in batches) == pytest.approx(3_000, rel=0.10)
    assert batches[0].received_at == NOW + timedelta(seconds=1)
    assert batches[-1].received_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (RunOptions(events=0), "--events must be"),
        (RunOptions(days=0), "--days must be"),
        (RunOptions(hours=0), "--hours must be"),
        (RunOptions(days=1, hours=1), "exclude each other"),
        (RunOptions(seed=-1), "--seed must be"),
        (RunOptions(start="yesterday"), "--start takes"),
        (RunOptions(start="1999-01-01"), "--start must lie"),
        (RunOptions(more="1h"), "this lake has none"),
        (RunOptions(rates=(("late", 1.5),)), "--late-rate is a share"),
        (RunOptions(rates=(("bot", float("nan")),)), "--bot-rate is a share"),
    ],
)
def test_wrong_option_is_one_sentence(options: RunOptions, says: str) -> None:
    with pytest.raises(UserError, match=says):
        plan_run(options, [], NOW)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (RunOptions(more="1x"), "--more takes"),
        (RunOptions(more="0h"), "--more takes"),
        (RunOptions(more="1h", days=1), "exclude each other"),
        (RunOptions(more="1h", start="2026-11-01"), "exclude each other"),
        (RunOptions(more="1h", seed=8), "has seed 7"),
    ],
)
def test_wrong_continuation_is_one_sentence(options: RunOptions, says: str) -> None:
    past = plan_run(RunOptions(events=10), [], NOW)
    with pytest.raises(UserError, match=says):
        plan_run(options, [past], NOW)


def test_run_ends_with_the_current_hour_by_default() -> None:
    run = plan_run(RunOptions(), [], NOW)
    assert run.end == int(datetime(2026, 11, 21, 9, tzinfo=UTC).timestamp()) * 1_000_000
    assert (run.lines, run.rates) == (300_000, Rates())
