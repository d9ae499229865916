"""Files of events for tests of replay."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.door.dialect import Dialect, load_dialect, parse_dialect
from ingestion.door.door import Door
from ingestion.replay.readers import open_source
from ingestion.replay.replay import Arrival, Replayed, replay
from tests.ingestion.door.samples import KEYS

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
ROW = "2019-10-01 00:00:00 UTC,view,1,2,a.b,acme,35.79,7,s"


class ListSink:
    """Keeps what is written, by hour of arrival."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.hours: list[str] = []

    def write(self, lines: Iterable[bytes], arrived_at: datetime) -> None:
        self.lines += [json.loads(line) for line in lines]
        self.hours.append(arrived_at.strftime("%Y-%m-%dT%H"))

    def close(self) -> None:
        pass


def replayed(
    path: Path | str, dialect: str | Dialect = "rees46", arrival: Arrival = Arrival.now
) -> tuple[Replayed, ListSink]:
    shape, sink = load_dialect(dialect) if isinstance(dialect, str) else dialect, ListSink()
    source = open_source(str(path), shape)
    return replay(source, Door(shape, KEYS), sink, arrival=arrival, clock=lambda: NOW), sink


def write(tmp_path: Path, content: str | bytes, name: str = "events.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def csv(*rows: str, end: str = "\n") -> str:
    return end.join([HEADER, *rows]) + end


def dialect(text: str) -> Dialect:
    return parse_dialect(text, name="mine", where="mine.yml")


def contents(path: Path, shape: Dialect) -> list[object]:
    """What a reader makes of each record."""
    return [line.content for line in open_source(str(path), shape).lines()]
