from __future__ import annotations

import re

from tests.support.command import run


def test_dialects_are_listed_with_their_description() -> None:
    done = run("dialects")
    assert done.returncode == 0
    for name in ("canonical", "clickstream", "rees46", "touches", "transactions"):
        assert re.search(rf"^{name} +\w", done.stdout, re.MULTILINE)
