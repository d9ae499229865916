"""The function that sends some minutes of the simulated shop's traffic to the stream; each call sends other events."""

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
from ingestion.simulator.one_call import events_in_one_call
from ingestion.simulator.plan import DEFAULT_SEED
from ingestion.simulator.run import Run, average_days
from ingestion.simulator.send import send
from ingestion.simulator.traffic import MINUTE
from ingestion.simulator.truth import microseconds

NAMESPACE: Final = "Shoplake"
# without a number: from two thirds of this to all of it, or as much as one call can send in the region
MAX_EVENTS: Final = 750_000
# Long enough for most visits to end within it: of 3,500 events, 0.3 % are purchases in 5 minutes, 1.3 % in 60 minutes.
# With a shorter schedule the windows overlap; the number of events a day stays the same.
DEFAULT_WINDOW_MINUTES: Final = 60
_FIELDS: Final = frozenset({"events", "seed", "window_minutes"})
_GIVE_UP_SECONDS: Final = 60.0
# sending one batch may take a minute, and the report must be written after it
_RESERVED_SECONDS: Final = _GIVE_UP_SECONDS + 15.0

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "generator"))
metrics: Final = Metrics(
    namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
    service=os.environ.get("POWERTOOLS_SERVICE_NAME", "generator"),
)


@dataclass(frozen=True, slots=True)
class GeneratorRequest:
    """The parameters of a call; None where the caller gave no value."""

    events: int | None = None
    seed: int | None = None
    window_minutes: int = DEFAULT_WINDOW_MINUTES

    @classmethod
    def parse(cls, event: dict[str, Any]) -> GeneratorRequest:
        """Read the event of the call; fields that EventBridge adds are ignored.

        Raises
        ------
        UserError
            A value is out of range.
        """
        given = {name: value for name, value in event.items() if name in _FIELDS and value is not None}
        for name, least, most in (("events", 1, 50_000_000), ("seed", 0, 2**62), ("window_minutes", 1, 1_440)):
            value = given.get(name, least)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise UserError(f"{name} must be a whole number from {least:,} to {most:,}, not {value!r}")
        return cls(**given)


class NotAllSentError(Exception):
    """The stream refused events, or time ran out. Events sent before that stay in the stream."""


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Send events of the minutes up to now; return the counts of the sink and of the shop.

    The template disables retries. A call that is repeated with the same request id, or with the same seed within a
    minute, sends the same events, and dbt removes the duplicates.

    Raises
    ------
    NotAllSentError
        After the report, so that Lambda counts an error and the alarm is raised.
    """
    most = min(MAX_EVENTS, events_in_one_call(os.environ.get("AWS_REGION", "")))
    run = plan(GeneratorRequest.parse(event), context.aws_request_id, datetime.now(UTC), most)
    delivery = Delivery(firehose_client(), os.environ["SHOPLAKE_STREAM"])
    sink = FirehoseSink(delivery, None, give_up_after=_GIVE_UP_SECONDS)
    result = generate(sink, run, in_time=lambda: context.get_remaining_time_in_millis() / 1_000 > _RESERVED_SECONDS)
    metrics.add_metric("EventsSent", MetricUnit.Count, result["sent"])
    metrics.add_metric("EventsNotSent", MetricUnit.Count, result["not_sent"])
    logger.info("sent", extra=result)
    if result["why"]:
        raise NotAllSentError(f"{result['sent']:,} of {result['events']:,} events were sent, then: {result['why']}")
    return result


def plan(request: GeneratorRequest, request_id: str, now: datetime, most: int = MAX_EVENTS) -> Run:
    """Plan the run of a call: always the same shop, with different visits for each request id (or seed).

    Parameters
    ----------
    most
        The most events of a request without a number.
    """
    digest = hashlib.sha256(request_id.encode() if request.seed is None else str(request.seed).encode()).digest()
    draw = int.from_bytes(digest[:8], "big") >> 1 | 1
    events = request.events or random.Random(draw).randint(most * 2 // 3, most)
    end = microseconds(now) // MINUTE * MINUTE
    start = end - request.window_minutes * MINUTE
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
    """Lambda would end the function before it could report."""


def generate(sink: FirehoseSink, run: Run, in_time: Callable[[], bool]) -> dict[str, Any]:
    """Send a run until it is complete, the stream refuses records, or time is up; the events sent are its beginning."""

    def check(_: int) -> None:
        if not in_time():
            raise _OutOfTimeError("the function's time is up")

    reason = ""
    try:
        with sink:
            send(sink, run, check)
    except (NotDeliveredError, _OutOfTimeError) as error:
        reason = str(error)
        logger.error("stopped before the end", extra={"why": reason})
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
        "why": reason,
    }
