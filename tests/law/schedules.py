"""Random schedules for the test of the replay guarantee: events, copies, broken lines, and runs that may be killed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.support.warehouse import FIRST_HOUR, BronzeObject

# arrival_lookback_hours in dbt_project.yml
LOOKBACK_HOURS = 3
# a run builds all, or leaves the daily models to a later one
TIERS = st.sampled_from([(), ("--selector", "hourly")])


@dataclass(frozen=True)
class Run:
    """The objects that arrive before a run, and how far the run gets.

    `models_done` is None for a run that finishes, the number of models for a run that is killed after them, and -1 for
    no run at all, so that the next run reads the arrivals of both. `again`: run once more without new objects.
    """

    objects: tuple[BronzeObject, ...]
    models_done: int | None = None
    again: bool = False


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def line(**fields: object) -> str:
    return json.dumps({name: value for name, value in fields.items() if value is not None})


BROKEN = st.sampled_from(
    [
        '{"event_id": "cut',
        "null",
        "{}",
        line(received_at=iso(FIRST_HOUR), reject_reason="unparseable", raw="[email]", origin="a.csv:7"),
        line(event_id="e1", event_type="nonsense", event_time=iso(FIRST_HOUR), received_at=iso(FIRST_HOUR)),
        line(event_id="e2", event_type="purchase", event_time="yesterday", received_at=iso(FIRST_HOUR)),
        line(
            event_id="e3",
            event_type="view_item",
            event_time="2030-01-01T00:00:00Z",
            received_at=iso(FIRST_HOUR),
        ),
        # two lines whose texts are the same one after the other, in different fields
        line(received_at=iso(FIRST_HOUR), reject_reason="unparseable", raw="r", event_id="a.csv:7"),
        line(received_at=iso(FIRST_HOUR), reject_reason="unparseable", raw="r", origin="a.csv:7"),
        line(
            event_id="e4",
            event_type="purchase",
            event_time=iso(FIRST_HOUR),
            received_at=iso(FIRST_HOUR),
            price="-1",
        ),
    ]
)


@st.composite
def events(draw: st.DrawFn, hour: int) -> str:
    """One event. Few ids, days, products and visitors, so that copies collide and groups appear and vanish."""
    occurred = FIRST_HOUR + timedelta(
        days=draw(st.sampled_from([0, 0, 0, -1, 1])),
        hours=draw(st.integers(-6, 6)),
        minutes=draw(st.integers(0, 2)),
    )
    received = FIRST_HOUR + timedelta(hours=hour, seconds=draw(st.sampled_from([0, 0, 0, 1, 1800])))
    kind = draw(st.sampled_from(["view_item", "add_to_cart", "purchase", "purchase", "refund", "page_view", "search"]))
    return line(
        event_id=f"e{draw(st.integers(0, 25))}",
        event_type=kind,
        event_time=iso(occurred),
        received_at=iso(received),
        user_id=draw(st.sampled_from([None, "u1", "u2", "u3"])),
        anonymous_id=draw(st.sampled_from([None, "a1", "a2"])),
        session_id=draw(st.sampled_from([None, "s1", "s2"])),
        product_id=draw(st.sampled_from([None, "p1", "p2", "p3"])),
        category=draw(st.sampled_from([None, "home", "home.lamp"])),
        price=draw(st.sampled_from([None, "0.00", "19.90", "7.125"])),
        quantity=draw(st.sampled_from([None, "1", "3"])),
        line_total=draw(st.sampled_from([None, None, "10.00"])),
        order_id=draw(st.sampled_from([None, "o1", "o2"])),
    )


def events_of(lines: list[str]) -> list[str]:
    return [text for text in lines if text.startswith('{"event_id": "e') and text.endswith("}")]


@st.composite
def corrections(draw: st.DrawFn, arrived: list[str], hour: int) -> str:
    """A line that arrived, with another value, or with the same values at another time; some at the same time."""
    fields = json.loads(draw(st.sampled_from(arrived)))
    if draw(st.booleans()):
        changes = [{"quantity": "1"}, {"quantity": "2"}, {"price": "7.125"}, {"price": None}, {"city": "Köln"}]
        fields |= draw(st.sampled_from(changes))
    received = iso(FIRST_HOUR + timedelta(hours=hour))
    time = draw(st.sampled_from(["same", "received", "received", "replayed"]))
    if time != "same":
        fields[f"{time}_at"] = received
    return line(**fields)


@st.composite
def schedules(draw: st.DrawFn, models: int, oldest: int, longest: int = 5) -> list[Run]:
    """Two to `longest` runs. An object appears at most `oldest` hours behind the newest arrival hour before it.

    Copies of lines that already arrived are drawn on purpose, because random events rarely have equal keys.
    """
    arrived: list[str] = []
    newest = 0
    runs = []
    for number in range(draw(st.integers(2, longest))):
        objects = []
        base = newest
        for _ in range(draw(st.integers(0 if number else 1, 3))):
            hour = max(0, base + draw(st.integers(-oldest, 4)))
            lines: list[str] = []
            for _ in range(draw(st.integers(1, 10))):
                kind = draw(st.integers(0, 9))
                if kind == 0:
                    lines.append(draw(BROKEN))
                elif kind <= 3 and arrived:
                    lines.append(draw(st.sampled_from(arrived)))
                elif kind <= 5 and events_of(arrived):
                    lines.append(draw(corrections(events_of(arrived), hour)))
                else:
                    lines.append(draw(events(hour)))
            arrived += lines
            newest = max(newest, hour)
            objects.append(BronzeObject(hour, tuple(lines)))
        killed = draw(st.sampled_from([None, None, None, -1, *range(models)]))
        runs.append(Run(tuple(objects), killed, draw(st.booleans())))
    return runs


def slow_examples(count: int, *, fixed: bool) -> settings:
    """Hypothesis settings for examples of seconds, which are not shrunk; `fixed`: the same examples in every run."""
    return settings(
        max_examples=count,
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=fixed,
    )
