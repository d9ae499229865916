"""Open a sink into a delivery stream, and describe in sentences what it sent and what it could not send."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from ingestion.firehose.delivery import Delivery, firehose_client
from ingestion.firehose.sink import FirehoseSink, Sent
from ingestion.firehose.spill import Spill

TELL_AFTER_SECONDS: Final = 3.0
TELL_AGAIN_SECONDS: Final = 30.0


def open_sink(
    stream: str,
    spill: Path,
    seal: Callable[[Iterable[bytes]], list[bytes]] | None = None,
    tell: Callable[[str], object] = lambda sentence: None,
) -> FirehoseSink:
    """Open a sink into a delivery stream, in the region and account that boto3 finds; see `FirehoseSink`.

    Parameters
    ----------
    tell
        Gets a sentence while the stream does not accept a batch: after some seconds, and then every half minute.
    """
    delivery = Delivery(firehose_client(), stream)
    delivery.on_wait = Waiting(stream, spill, tell)
    return FirehoseSink(delivery, Spill(spill, stream), seal=seal)


class Waiting:
    """Says from time to time that a stream does not accept lines, and how long it will be tried."""

    def __init__(self, stream: str, spill: Path, tell: Callable[[str], object]) -> None:
        self._stream = stream
        self._spill = spill
        self._tell = tell
        self._next = TELL_AFTER_SECONDS

    def __call__(self, error: str, since: float, left: float) -> None:
        if since < TELL_AFTER_SECONDS:
            # another batch
            self._next = TELL_AFTER_SECONDS
        elif since >= self._next:
            self._next = since + TELL_AGAIN_SECONDS
            self._tell(
                f"{self._stream} does not accept lines now ({error}): trying for another {left:.0f} s, then they "
                f"wait in {self._spill / self._stream}"
            )


def summary(sent: Sent, stream: str) -> list[str]:
    """Describe what was sent, one sentence per line."""
    lines_per_record = sent.lines_sent / sent.records_sent if sent.records_sent else 0
    sentences = [
        f"{sent.lines_sent:,} lines sent to {stream}: {sent.records_sent:,} records of {lines_per_record:,.0f} lines, "
        f"{sent.calls:,} calls, {sent.bytes_sent / 1e6:,.1f} MB, billed as {sent.billed_units:,} units of 5 KB"
    ]
    if sent.records_again:
        sentences.append(f"{sent.records_again:,} records had to be sent again")
    if sent.lines_too_long:
        sentences.append(f"{sent.lines_too_long:,} lines were too long for a record and were rejected (line_too_long)")
    return sentences


def stopped_before_the_end(sent: Sent, stream: str, spill: Path) -> str:
    """Report what became of the lines of a producer that stopped; to run it again is the only way to send the rest."""
    waiting = f", and {sent.lines_spilled:,} wait in {spill / stream}" if sent.lines_spilled else ""
    return (
        f"{sent.lines_sent:,} lines had been sent to {stream} before the run stopped{waiting}; if it is run again, it "
        "sends all of them, and dbt keeps one copy of each"
    )


def not_sent(sent: Sent, stream: str, spill: Path) -> str:
    """Report the lines of a complete run that wait in the spill folder, and how to send them."""
    return (
        f"{sent.lines_spilled:,} of {sent.lines_written:,} lines were not taken by {stream} ({sent.last_error}); "
        f"they wait in {spill / stream}: run shoplake resend --spill {spill}, and not this command again"
    )
