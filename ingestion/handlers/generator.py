"""The simulated shop as a function: some minutes of its traffic into the delivery stream, each call other events."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery, firehose_client
from ingestion.firehose.sink import FirehoseSink, NotDeliveredError
from ingestion.simulator.faults import Rates
from ingestion.simulator.plan import DEFAULT_SEED
from ingestion.simulator.run import Run, average_days
from ingestion.simulator.send import send
from ingestion.simulator.traffic import MINUTE
from ingestion.simulator.truth import microseconds

NAMESPACE: Final = "Shoplake"
FEWEST_EVENTS: Final = 500_000
MOST_EVENTS: Final = 750_000
# Long enough for most visits to end within it: of 3,500 events in 5 minutes 0.3 % are purchases, in 60 minutes 1.3 %.
# A schedule that is shorter gives minutes to which several calls add; what arrives in a day is the same.
DEFAULT_WINDOW_MINUTES: Final = 60
_KNOWN: Final = frozenset({"events", "seed", "window_minutes"})
_GIVE_UP_SECONDS: Final = 60.0
# one batch may be tried for a minute, and then there is still a report to make
_SPARE_SECONDS: Final = _GIVE_UP_SECONDS + 15.0

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "generator"))
metrics: Final = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "generator"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller asked for; None where the choice is ours."""

    events: int | None = None
    seed: int | None = None
    window_minutes: int = DEFAULT_WINDOW_MINUTES

    @classmethod
    def of(cls, event: dict[str, Any]) -> Asked:
        """From the event of the call; what EventBridge adds of its own is passed over.

        Raises
        ------
        UserError
            A value is out of range.
        """
        given = {name: value for name, value in event.items() if name in _KNOWN and value is not None}
        for name, least, most in (("events", 1, 50_000_000), ("seed", 0, 2**62), ("window_minutes", 1, 1_440)):
            value = given.get(name, least)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise UserError(f"{name} must be a whole number from {least:,} to {most:,}, not {value!r}")
        return cls(**given)


class NotAllSentError(Exception):
    """The stream or the time took an end before the events did. What was sent is sent."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send events of the minutes up to now; what was sent, as sink and shop counted it.

    The template lets nothing repeat a call that failed. Whoever repeats it under the same request id, or with the same
    seed within a minute, sends the same events, of which dbt keeps one.

    Raises
    ------
    NotAllSentError
        After the report, so that Lambda counts an error and an alarm can tell it.
    """
    run = plan(Asked.of(event), context.aws_request_id, datetime.now(UTC))
    delivery = Delivery(firehose_client(), os.environ["SHOPLAKE_STREAM"])
    sink = FirehoseSink(delivery, None, give_up_after=_GIVE_UP_SECONDS)
    result = generate(sink, run, in_time=lambda: context.get_remaining_time_in_millis() / 1_000 > _SPARE_SECONDS)
    metrics.add_metric("EventsSent", MetricUnit.Count, result["sent"])
    metrics.add_metric("EventsNotSent", MetricUnit.Count, result["not_sent"])
    logger.info("sent", extra=result)
    if result["why"]:
        raise NotAllSentError(f"{result['sent']:,} of {result['events']:,} events were sent, then: {result['why']}")
    return result


def plan(asked: Asked, request_id: str, now: datetime) -> Run:
    """The run of a call: always the same shop, and with each request id (or seed) other visits to it."""
    digest = hashlib.sha256(request_id.encode() if asked.seed is None else str(asked.seed).encode()).digest()
    draw = int.from_bytes(digest[:8], "big") >> 1 | 1
    events = asked.events or random.Random(draw).randint(FEWEST_EVENTS, MOST_EVENTS)
    end = microseconds(now) // MINUTE * MINUTE
    start = end - asked.window_minutes * MINUTE
    return Run(
        seed=DEFAULT_SEED,
        opened=start,
        start=start,
        end=end,
        lines=events,
        fresh=events,
        lines_a_day=events / average_days(start, end),
        rates=Rates(),
        draw=draw,
    )


class _OutOfTimeError(Exception):
    """The function would be ended before it could report."""


def generate(sink: FirehoseSink, run: Run, in_time: Callable[[], bool]) -> dict[str, Any]:
    """Send a run until it is done, the stream takes no more, or time is up; what was sent is its beginning."""

    def check(_: int) -> None:
        if not in_time():
            raise _OutOfTimeError("the function's time is up")

    why = ""
    try:
        with sink:
            send(sink, run, check)
    except (NotDeliveredError, _OutOfTimeError) as error:
        why = str(error)
        logger.error("stopped before the end", extra={"why": why})
    sent = sink.sent
    return {
        "events": run.lines,
        "sent": sent.lines_sent,
        "not_sent": run.lines - sent.lines_sent,
        "records": sent.records_sent,
        "calls": sent.calls,
        "bytes": sent.bytes_sent,
        "billed_units": sent.billed_units,
        "records_again": sent.records_again,
        "why": why,
    }
