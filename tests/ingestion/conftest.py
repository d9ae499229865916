"""Fixtures that tests of several rooms share."""

from __future__ import annotations

from tests.support.aws_account import account, context

__all__ = ["account", "context"]
