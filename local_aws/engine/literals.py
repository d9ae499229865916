"""Bare decimal literals: 1.5 is a DOUBLE on Athena and a DECIMAL on Trino since 410, with no setting any more.

Source: Athena engine version 3 follows Trino's `parse_decimal_literals_as_double`; `select 1/0.0` gives Infinity there.
"""

from __future__ import annotations

from local_aws.engine.tokens import tokenize


def as_doubles(sql: str) -> str:
    """The same text with an exponent after every bare decimal literal: 1.5 becomes 1.5E0."""
    parts = []
    done = 0
    for token in tokenize(sql):
        if token.kind == "number" and "." in token.text and "e" not in token.text.lower():
            parts += [sql[done : token.end], "E0"]
            done = token.end
    return "".join([*parts, sql[done:]])
