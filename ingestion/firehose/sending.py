"""Open a sink into a delivery stream, and describe in sentences what it sent and what it could not send."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ingestion.firehose.delivery import Delivery, firehose_client
from ingestion.firehose.sink import FirehoseSink, Sent
from ingestion.firehose.spill import Spill


def open_sink(stream: str, spill: Path, seal: Callable[[Iterable[bytes]], list[bytes]] | None = None) -> FirehoseSink:
    """Open a sink into a delivery stream, in the region and account that boto3 finds; see `FirehoseSink`."""
    return FirehoseSink(Delivery(firehose_client(), stream), Spill(spill, stream), seal=seal)


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


def sent_before_the_interruption(sent: Sent, stream: str) -> str:
    """Report the lines that were sent before the producer stopped."""
    return (
        f"{sent.lines_sent:,} lines had been sent to {stream} before the run stopped; if they are sent again, "
        "dbt keeps one copy of each"
    )


def not_sent(sent: Sent, stream: str, spill: Path) -> str:
    """Report the lines that wait in the spill folder, and how to send them."""
    return (
        f"{sent.lines_spilled:,} of {sent.lines_written:,} lines were not taken by {stream} ({sent.last_error}); "
        f"they wait in {spill / stream}: run shoplake resend --spill {spill}"
    )
