"""Firehose as it delivers: records wait until the buffer is full or its time is over, then go out as one object, GZIP
where the stream says so.

Source: Firehose API reference, BufferingHints (5 MiB, 300 s) and CompressionFormat.
"""

from __future__ import annotations

import contextvars
import gzip
import threading
from dataclasses import dataclass, field
from typing import Any, Final

import ministack.services.firehose as firehose

_MIB: Final = 1024 * 1024


@dataclass
class _Buffer:
    stream: dict[str, Any]
    destination: dict[str, Any]
    records: list[bytes] = field(default_factory=list)
    size: int = 0


class Delivery:
    """Buffers by stream.

    Parameters
    ----------
    time_scale
        Factor on every buffering interval, so that a test need not wait 60 seconds.
    """

    def __init__(self, time_scale: float) -> None:
        self._time_scale = time_scale
        self._buffers: dict[tuple[Any, ...], _Buffer] = {}
        self._lock = threading.Lock()

    def deliver(self, stream: dict[str, Any], destination: dict[str, Any], records: list[Any]) -> None:
        processed = firehose._apply_lambda_processors(stream, destination, records, partition_sink={})
        # ministack keeps every record for ever
        destination["records"].clear()
        # a template's parameters are text
        hints = {name: int(value) for name, value in (destination["config"].get("BufferingHints") or {}).items()}
        key = (firehose.get_account_id(), firehose.get_region(), stream["name"], id(destination))
        with self._lock:
            buffer = self._buffers.get(key)
            if buffer is None:
                buffer = self._buffers[key] = _Buffer(stream, destination)
                self._flush_after(hints.get("IntervalInSeconds", 300) * self._time_scale, key)
            for _, payload in processed:
                buffer.records.append(payload)
                buffer.size += len(payload)
            is_full = buffer.size >= hints.get("SizeInMBs", 5) * _MIB
        if is_full:
            self._flush(key)

    def _flush_after(self, seconds: float, key: tuple[Any, ...]) -> None:
        # ministack finds account and region in the context
        context = contextvars.copy_context()
        timer = threading.Timer(seconds, lambda: context.run(self._flush, key))
        timer.daemon = True
        timer.start()

    def _flush(self, key: tuple[Any, ...]) -> None:
        with self._lock:
            buffer = self._buffers.pop(key, None)
        if buffer is None or not buffer.records:
            return
        body = b"".join(buffer.records)
        config = buffer.destination["config"]
        if config.get("CompressionFormat") == "GZIP":
            body = gzip.compress(body, compresslevel=6)
            config = config | {"FileExtension": config.get("FileExtension") or ".gz"}
        firehose._deliver_to_s3(buffer.stream, buffer.destination | {"config": config}, body)


def correct(time_scale: float) -> None:
    firehose._deliver_records_to_s3 = Delivery(time_scale).deliver
