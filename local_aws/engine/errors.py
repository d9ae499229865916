"""How a statement fails, in Athena's words.

Source of the shapes: Athena API reference, AthenaError and QueryExecutionStatus.
"""

from __future__ import annotations

from typing import Final

SYSTEM: Final = 1
USER: Final = 2
ICEBERG_ERROR: Final = 233

_USER_ERROR_TYPE: Final = 1006
_SYSTEM_ERROR_TYPE: Final = 401


class StatementError(Exception):
    """A statement that failed: an engine error name such as COLUMN_NOT_FOUND, and the message."""

    def __init__(self, name: str, message: str, *, category: int = USER) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.category = category

    @property
    def error_type(self) -> int:
        """Athena's number. 233 is what dbt-athena retries; the two others are of the right hundred only."""
        if self.name.startswith("ICEBERG_"):
            return ICEBERG_ERROR
        return _USER_ERROR_TYPE if self.category == USER else _SYSTEM_ERROR_TYPE

    @property
    def retryable(self) -> bool:
        return self.name == "ICEBERG_COMMIT_ERROR"


class AthenaSyntaxError(StatementError):
    """A statement that Athena would not parse."""

    def __init__(self, message: str) -> None:
        super().__init__("FAILED", f"ParseException {message}")


class CancelledError(Exception):
    """A query that was stopped; the message is Athena's reason."""
