"""boto3's clients for the functions: short time-outs, since a function is paid for while it waits."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def client(service: str, region: str | None = None, *, tries: int = 2, read_timeout: int = 3) -> Any:
    """The client of a service, made when first needed and kept for the calls that follow."""
    import boto3
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": tries}, connect_timeout=1, read_timeout=read_timeout)
    make: Any = boto3.client
    return make(service, region_name=region, config=config)
