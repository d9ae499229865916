from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingestion.errors import UserError
from ingestion.simulator.faults import Rates
from ingestion.simulator.plan import RunOptions, plan_run, shortened
from ingestion.simulator.run import moment
from tests.ingestion.simulator.simulated import NOW


def test_more_stops_at_the_end_of_this_hour_and_reports_it() -> None:
    first = plan_run(RunOptions(events=7_200, days=3), [], NOW)
    whole = plan_run(RunOptions(more="1h"), [first], NOW)
    assert (moment(whole.end), shortened(RunOptions(more="1h"), whole)) == (
        datetime(2026, 11, 21, 10, tzinfo=UTC),
        None,
    )
    day = plan_run(RunOptions(more="1d"), [first], NOW)
    assert (day.end, day.lines) == (whole.end, whole.lines)
    assert "--more 1d stops at 10:00 UTC" in (shortened(RunOptions(more="1d"), day) or "")
    with pytest.raises(UserError, match="has already reached the end of this hour, 10:00 UTC"):
        plan_run(RunOptions(more="1h"), [first, whole], NOW)
    later = plan_run(RunOptions(more="1h"), [first, whole], NOW + timedelta(hours=1))
    assert (later.start, moment(later.end).hour) == (whole.end, 11)


def test_a_shop_that_was_started_in_the_future_continues_there() -> None:
    first = plan_run(RunOptions(events=100, days=1, start="2027-03-01"), [], NOW)
    run = plan_run(RunOptions(more="2d"), [first], NOW)
    assert moment(run.end) == datetime(2027, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (RunOptions(events=0), "--events must be"),
        (RunOptions(days=0), "--days must be"),
        (RunOptions(hours=0), "--hours must be"),
        (RunOptions(days=1, hours=1), "exclude each other"),
        (RunOptions(seed=-1), "--seed must be"),
        (RunOptions(start="yesterday"), "--start must be a date"),
        (RunOptions(start="1999-01-01"), "--start must be between"),
        (RunOptions(more="1h"), "this lake has none"),
        (RunOptions(rates=(("late", 1.5),)), "--late-rate must be a share"),
        (RunOptions(rates=(("bot", float("nan")),)), "--bot-rate must be a share"),
    ],
)
def test_wrong_option_is_one_sentence(options: RunOptions, says: str) -> None:
    with pytest.raises(UserError, match=says):
        plan_run(options, [], NOW)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (RunOptions(more="1x"), "--more must be"),
        (RunOptions(more="0h"), "--more must be"),
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
