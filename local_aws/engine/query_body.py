"""The body of a query. It goes to Trino unchanged, except for bare decimal literals.

1.5 is a DOUBLE on Athena, where `select 1/0.0` returns Infinity. On Trino it is a DECIMAL since version 410, without a
setting to change that. Features that Athena lacks according to its documentation are rejected, although Trino has them.
"""

from __future__ import annotations

from local_aws.engine.errors import AthenaSyntaxError
from local_aws.engine.tokens import tokenize
from local_aws.engine.unsupported import IN_BODIES


def query_body(sql: str) -> str:
    """The same text with an exponent after every bare decimal literal: 1.5 becomes 1.5E0.

    Raises
    ------
    AthenaSyntaxError
        The query uses a feature that Athena lacks.
    """
    parts = []
    done = 0
    tokens = tokenize(sql)
    words = [token.upper for token in tokens]
    for unsupported in IN_BODIES:
        length = len(unsupported.words)
        if any(tuple(words[start : start + length]) == unsupported.words for start in range(len(words) - length + 1)):
            name = " ".join(unsupported.words).removesuffix(" (")
            raise AthenaSyntaxError(f"{name}: {unsupported.why} ({unsupported.source})")
    for token in tokens:
        if token.kind == "number" and "." in token.text and "e" not in token.text.lower():
            parts += [sql[done : token.end], "E0"]
            done = token.end
    return "".join([*parts, sql[done:]])
