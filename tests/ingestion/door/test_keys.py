from __future__ import annotations

import pickle

import pytest

from ingestion.door.keys import Keys
from ingestion.errors import UserError

LONG = b"a key of 16 byte"


@pytest.mark.parametrize(("addresses", "ids"), [(LONG[1:], LONG), (LONG, LONG[1:]), (b"", LONG)])
def test_a_short_key_is_refused(addresses: bytes, ids: bytes) -> None:
    with pytest.raises(UserError, match=r"the (address|id) key has 1?[05]\d? ?bytes, and a key needs at least 16"):
        Keys(addresses, ids)


def test_keys_are_not_printed() -> None:
    assert "byte" not in repr(Keys(LONG, LONG))


def test_keys_reach_another_process() -> None:
    assert pickle.loads(pickle.dumps(Keys(LONG, LONG))) == Keys(LONG, LONG)
