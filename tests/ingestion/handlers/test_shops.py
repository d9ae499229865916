from __future__ import annotations

import pytest

from ingestion.door.dialect import shipped_dialects
from ingestion.handlers.shops import SHOPS, is_signed, shop_of

BODY, SECRET = b'{"id":1}', "hush"
# printf '%s' '{"id":1}' | openssl dgst -sha256 -hmac hush -binary | base64
SIGNATURE = "VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY="


def test_the_signature_is_that_of_openssl() -> None:
    assert is_signed(BODY, SIGNATURE, [SECRET])
    assert is_signed(BODY, SIGNATURE, ["an older one", SECRET])


@pytest.mark.parametrize(
    ("body", "signature", "secrets"),
    [
        (BODY + b"\n", SIGNATURE, [SECRET]),
        (BODY, SIGNATURE.lower(), [SECRET]),
        (BODY, SIGNATURE.rstrip("="), [SECRET]),
        (BODY, "", [SECRET]),
        (BODY, "é" * 44, [SECRET]),
        (BODY, SIGNATURE, ["another"]),
        (BODY, SIGNATURE, [""]),
        (BODY, SIGNATURE, []),
    ],
)
def test_anything_else_is_no_signature(body: bytes, signature: str, secrets: list[str]) -> None:
    assert not is_signed(body, signature, secrets)


def test_a_shop_is_known_by_the_header_with_its_signature() -> None:
    assert [shop_of({"host": "x", shop.signature: "s"}) for shop in SHOPS] == list(SHOPS)
    assert shop_of({"x-shopify-topic": "orders/create"}) is None


def test_every_shop_has_a_dialect() -> None:
    assert {shop.dialect for shop in SHOPS} <= set(shipped_dialects())
