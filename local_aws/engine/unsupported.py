"""Statements and query features that Trino accepts and Athena does not, each with its source.

A statement listed here is rejected by name. A statement that AWS does not document is rejected as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_USER_GUIDE: Final = "https://docs.aws.amazon.com/athena/latest/ug/"
_DDL: Final = _USER_GUIDE + "unsupported-ddl.html"
_LIMITS: Final = _USER_GUIDE + "other-notable-limitations.html"
_FUNCTIONS: Final = _USER_GUIDE + "functions-env3.html"
_DDL_REFERENCE: Final = _USER_GUIDE + "ddl-reference.html"
_PREPARED: Final = _USER_GUIDE + "querying-with-prepared-statements.html"
_UDF: Final = _USER_GUIDE + "querying-udf.html"


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Consecutive words of SQL, and the AWS page that documents that Athena does not support them."""

    words: tuple[str, ...]
    source: str
    why: str


def _all(source: str, *statements: str, why: str = "not supported by Athena") -> tuple[Unsupported, ...]:
    return tuple(Unsupported(tuple(statement.split()), source, why) for statement in statements)


STATEMENTS: Final = (
    *_all(
        _DDL,
        "ALTER INDEX", "COMMIT", "CREATE INDEX", "CREATE ROLE", "CREATE TEMPORARY MACRO", "DESCRIBE DATABASE", "DFS",
        "DROP INDEX", "DROP ROLE", "DROP TEMPORARY MACRO", "EXPORT TABLE", "GRANT", "IMPORT TABLE", "LOCK DATABASE",
        "LOCK TABLE", "REVOKE", "ROLLBACK", "SHOW COMPACTIONS", "SHOW CURRENT ROLES", "SHOW GRANT", "SHOW INDEXES",
        "SHOW LOCKS", "SHOW PRINCIPALS", "SHOW ROLES", "SHOW TRANSACTIONS", "START TRANSACTION", "UNLOCK DATABASE",
        "UNLOCK TABLE",
    ),
    *_all(_LIMITS, "CALL", "DESCRIBE INPUT", "DESCRIBE OUTPUT"),
    *_all(_PREPARED, "PREPARE", "EXECUTE", "DEALLOCATE PREPARE", why="not emulated; ExecutionParameters are"),
    *_all(_UDF, "USING EXTERNAL FUNCTION", why="only on AWS: functions in Lambda are not emulated"),
    *_all(_DDL_REFERENCE, "USE", why="not a statement of Athena; set the database in QueryExecutionContext"),
)  # fmt: skip

IN_BODIES: Final = (
    # Athena's functions inside a query are USING EXTERNAL FUNCTION (Lambda), never Trino's SQL routines
    Unsupported(("WITH", "FUNCTION"), _UDF, "SQL routines are Trino's; Athena's functions are USING EXTERNAL FUNCTION"),
    # Athena has this function and Trino lacks it: this message is clearer than "function not registered"
    Unsupported(("INVOKER_PRINCIPAL", "("), _FUNCTIONS, "only on AWS: the emulator has no principals"),
)
