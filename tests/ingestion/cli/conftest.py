"""The delivery stream that commands with --to firehose:NAME send to in these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.firehose_server import StandIn, stand_in


@pytest.fixture
def firehose() -> Iterator[StandIn]:
    with stand_in() as server:
        yield server
