"""Failures of a statement, with Athena's messages and numbers.

Source of the shapes: Athena API reference, AthenaError and QueryExecutionStatus.
"""

from __future__ import annotations

from typing import Final

SYSTEM: Final = 1
USER: Final = 2
ICEBERG_ERROR: Final = 233

# AthenaError's ErrorType as measured by the project athena-local (docs/api.md). Of the two defaults below, only the
# hundred is known
_ERROR_TYPES: Final = {
    "DIVISION_BY_ZERO": 1001,
    "TYPE_MISMATCH": 1002,
    "COLUMN_NOT_FOUND": 1006,
    "CATALOG_NOT_FOUND": 1006,
    "INVALID_CAST_ARGUMENT": 1100,
    "NOT_SUPPORTED": 1200,
    "TABLE_NOT_FOUND": 1301,
    "SCHEMA_NOT_FOUND": 1301,
    "FUNCTION_NOT_FOUND": 1303,
}
_USER_ERROR_TYPE: Final = 1000
_SYSTEM_ERROR_TYPE: Final = 200


class StatementError(Exception):
    """A failed statement: the engine's error name, such as COLUMN_NOT_FOUND, and the message."""

    def __init__(self, name: str, message: str, *, category: int = USER) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.category = category

    @property
    def error_type(self) -> int:
        """Athena's number; dbt-athena retries 233."""
        if self.name.startswith("ICEBERG_"):
            return ICEBERG_ERROR
        if self.name in _ERROR_TYPES:
            return _ERROR_TYPES[self.name]
        return _USER_ERROR_TYPE if self.category == USER else _SYSTEM_ERROR_TYPE

    @property
    def retryable(self) -> bool:
        return self.name == "ICEBERG_COMMIT_ERROR"


class AthenaSyntaxError(StatementError):
    """A statement that Athena cannot parse."""

    def __init__(self, message: str) -> None:
        super().__init__("FAILED", f"ParseException {message}")


class CancelledError(Exception):
    """A cancelled query; the message is Athena's reason."""
