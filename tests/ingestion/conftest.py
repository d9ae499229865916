"""Fixtures that tests of several rooms share."""

from __future__ import annotations

from tests.support.aws_account import account, context
from tests.support.stubbed_aws import stubs

__all__ = ["account", "context", "stubs"]
