"""boto3 clients for the functions, with short timeouts: a function is billed while it waits."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def client(service: str, region: str | None = None, *, tries: int = 2, read_timeout: int = 3) -> Any:
    """Return the client of a service; it is created once and kept for later calls."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": tries}, connect_timeout=1, read_timeout=read_timeout)
    make: Any = boto3.client
    return make(service, region_name=region, config=config)
