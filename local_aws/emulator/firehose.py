"""Firehose's delivery: it buffers records by size and time, passes them to the stream's function in batches, and writes
one object, compressed if the stream is configured so. Failed records go to the error prefix.

Source: Firehose API reference, BufferingHints (5 MiB, 300 s) and CompressionFormat.
"""

from __future__ import annotations

import contextvars
import gzip
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final

import ministack.services.firehose as firehose

from local_aws.emulator.processing import Processor, Record, document

_MIB: Final = 1024 * 1024
_FAILED: Final = "processing-failed"

logger: Final = logging.getLogger("local_aws.firehose")


@dataclass
class _Buffer:
    stream: dict[str, Any]
    destination: dict[str, Any]
    records: list[Record] = field(default_factory=list)
    size: int = 0


class Delivery:
    """One buffer per stream.

    Parameters
    ----------
    time_scale
        Factor on every buffering interval, so that tests need not wait 60 seconds.
    """

    def __init__(self, time_scale: float) -> None:
        self._time_scale = time_scale
        self._buffers: dict[tuple[Any, ...], _Buffer] = {}
        self._lock = threading.Lock()

    def deliver(self, stream: dict[str, Any], destination: dict[str, Any], records: list[Any]) -> None:
        # ministack would keep every record forever
        destination["records"].clear()
        # CloudFormation passes template parameters as text
        hints = {name: int(value) for name, value in (destination["config"].get("BufferingHints") or {}).items()}
        key = (firehose.get_account_id(), firehose.get_region(), stream["name"], id(destination))
        now = int(time.time() * 1000)
        with self._lock:
            buffer = self._buffers.get(key)
            if buffer is None:
                buffer = self._buffers[key] = _Buffer(stream, destination)
                self._flush_after(hints.get("IntervalInSeconds", 300) * self._time_scale, key, buffer)
            for record_id, data in records:
                buffer.records.append(Record(record_id, data, now))
                buffer.size += len(data)
            if buffer.size >= hints.get("SizeInMBs", 5) * _MIB:
                del self._buffers[key]
                # in another thread: this one holds ministack's lock, and the function may put records itself
                self._flush_after(0, key, buffer)

    def _flush_after(self, seconds: float, key: tuple[Any, ...], buffer: _Buffer) -> None:
        # ministack reads account and region from the context
        context = contextvars.copy_context()
        timer = threading.Timer(seconds, lambda: context.run(self._flush, key, buffer))
        timer.daemon = True
        timer.start()

    def _flush(self, key: tuple[Any, ...], buffer: _Buffer) -> None:
        with self._lock:
            if self._buffers.get(key) is buffer:
                del self._buffers[key]
            records, buffer.records = buffer.records, []
        try:
            if records:
                _write(buffer.stream, buffer.destination, records)
        except Exception:
            logger.exception("stream %s: delivery failed, %d records are lost", buffer.stream["name"], len(records))


def _write(stream: dict[str, Any], destination: dict[str, Any], records: list[Record]) -> None:
    processor = Processor.of(stream, destination["config"])
    if processor is None:
        _put(stream, destination, [record.data for record in records])
        return
    passed, failed = processor.process(records)
    if passed:
        _put(stream, destination, passed)
    if failed:
        _put_failed(stream, destination["config"], [document(one, processor.arn) for one in failed])


def _put(stream: dict[str, Any], destination: dict[str, Any], parts: list[bytes]) -> None:
    body = b"".join(parts)
    config = destination["config"]
    if config.get("CompressionFormat") == "GZIP":
        body = gzip.compress(body, compresslevel=6)
        config = config | {"FileExtension": config.get("FileExtension") or ".gz"}
    firehose._deliver_to_s3(stream, destination | {"config": config}, body)


def _put_failed(stream: dict[str, Any], config: dict[str, Any], lines: list[bytes]) -> None:
    template = config.get("ErrorOutputPrefix") or f"{config.get('Prefix', '')}{_FAILED}/"
    prefix = firehose._evaluate_prefix(template, firehose._arrival_time(config), error_type=_FAILED)
    bucket = firehose._s3_bucket_from_arn(config["BucketARN"])
    firehose._put_s3_object(bucket, f"{prefix}{stream['name']}-{firehose.new_uuid()}", b"".join(lines))


def patch(time_scale: float) -> None:
    firehose._deliver_records_to_s3 = Delivery(time_scale).deliver
