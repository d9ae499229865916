"""Sample events and addresses for tests of the door, and helpers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import msgspec
from hypothesis import strategies as st

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Admitted, Door
from ingestion.door.keys import Keys
from ingestion.door.policy import POLICIES, Policy
from ingestion.event import EVENT_TYPES, Event

NOW = datetime(2025, 3, 1, 12, tzinfo=UTC)
KEY = b"an address key for tests"
ID_KEY = b"an id key for tests"
KEYS = Keys(KEY, ID_KEY)
EVENT = {"event_id": "e1", "event_type": "view_item", "event_time": "2025-03-01T11:00:00.000000Z"}


def admit(
    *events: dict[str, Any] | bytes | str, dialect: str = "canonical", key: bytes = KEY, encoding: str = "utf-8"
) -> Admitted:
    lines = [json.dumps(event).encode() if isinstance(event, dict) else event for event in events]
    payload = b"\n".join(line.encode(encoding) if isinstance(line, str) else line for line in lines)
    return Door(load_dialect(dialect), Keys(key, ID_KEY)).admit(payload, received_at=NOW, origin="file.json")


def only(admitted: Admitted) -> dict[str, Any]:
    (line,) = admitted.lines
    result = json.loads(line)
    assert isinstance(result, dict)
    return result


# What the door must remove. These patterns are independent of the scrubber on purpose.
EMAIL = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
IPV4 = re.compile(
    r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?![\d.])",
    re.ASCII,
)
IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:.])", re.ASCII | re.IGNORECASE)
ADDRESSES = [
    *("bob@example.com", "bob%40example.com", "a.b+c@mail.example.org", "203.0.113.7", "10.0.0.1"),
    *("2001:db8::1", "2001:db8:0:1:2:3:4:5", "2001%3Adb8%3A0%3A1%3A2%3A3%3A4%3A5"),
]
GLUE = [*'& /.:@%\\"x7\0\u2028é[,=-_', "?q=", "%20", "%2520", "\\u0040", "Chrome/120.0.0.0"]
PIECES = st.sampled_from(ADDRESSES + GLUE)
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*Event.__struct_fields__, "ip", "note"]) | TEXTS
EVENTS = st.builds(
    lambda base, more: base | more,
    st.fixed_dictionaries(
        {"event_type": st.sampled_from(sorted(EVENT_TYPES)), "event_time": st.just("2025-03-01T11:00:00Z")}
    ),
    st.dictionaries(NAMES, VALUES, max_size=6),
)


def strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value, unquote(value), unquote(unquote(value))]
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in strings(key) + strings(item)]
    return [text for item in value for text in strings(item)] if isinstance(value, list) else []


def assert_clean(line: bytes) -> None:
    record = json.loads(line)
    msgspec.json.decode(line, type=Event)
    # ids and categories of products are never altered
    record = {name: value for name, value in record.items() if POLICIES.get(name) is not Policy.KEPT}
    if "extra" in record:
        record["extra"] = json.loads(record["extra"])
        assert isinstance(record["extra"], dict)
    if "user_agent" in record:
        record["user_agent"] = record["user_agent"].replace("Chrome/120.0.0.0", "")
    for text in strings(record):
        assert not EMAIL.search(text), text
        assert not IPV4.search(text), text
        assert not IPV6.search(text), text
        assert "\0" not in text


def door_with(key: bytes) -> Door:
    return Door(load_dialect("canonical"), Keys(key, ID_KEY))


HIDDEN_EMAILS = [
    *(f"bob{char}x@example.com" for char in "!#$&*/?^`{|}~é\u4e2d\u200b😀"),
    *(f"bob{char}@example.com" for char in "!#$&*/?^`{|}~\u200b\u00a9"),
    '"max mustermann"@firma.de',
    "a+bob=b.example@example.com",
    "x@[203.0.113.77]",
    "x@[IPv6:2001:db8::1]",
    "bob&commat;example.com",
    "bob&amp;commat;example.com",
    "bob@example&period;com",
    "bob@example&#46;com",
    "bob&commat;example&#x2e;com",
    "bob&amp;x@example.com",
    "bob\ufe6bexample.com",
    "bob@example\uff0ecom",
    "bob\uff20example\u3002com",
    "\uff42\uff4f\uff42@example.com",
    "bob\u200b@\u2060example\ufeff.com",
    "bob@exam\u00adple.com",
    "bob%EF%BC%A0example.com",
    "bob%26commat%3Bexample.com",
    "bob\\uff20example.com",
    "%22max%20mustermann%22%40firma.de",
    *(
        "max@उदाहरण.भारत",
        "คน@ตัวอย่าง.ไทย",
        "пример@почта.рф",
        "%u043f@%u043f%u043e.%u0440%u0444",
        "max%U0040example.com",
    ),
    *(r"\u043f\u0440@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444", r"max@\ud835\udc1axample.com"),
    *(
        r"max@m\xC3\xBCnchen.de",
        r"max@m\303\274nchen.de",
        r"max\X40example.com",
        r"max\x{40}example.com",
        r"max\U0040x.de",
    ),
    *(r"max@example\.com", r"max\@my\-shop\.example", r"max\\@example\\.com"),
    *("max@example=2Ecom", "max=40exam=\nple.com", "max@exam=\r\nple.com"),
    *(f"max{char}@exam{char}ple.com" for char in "\x01\x0b\x1b\x7f\x85\x9f\ufff0\U0001bca0\U0001d173\U000e0020"),
    *("max@exam%F0%9D%85%B3ple.com", "max@exam\\ud834\\udd73ple.com", "max@exam&#119155;ple.com"),
    *("max&#x40yahoo.com", "max&#00000000064;yahoo.com", "max&#064yahoo.com", "max&#X0000000040;yahoo&#x2E;com"),
]
HIDDEN_IPS = [
    "203\uff0e0\uff0e113\uff0e7",
    "203\u30020\u3002113\u30027",
    "203\uff610\uff61113\uff617",
    "\uff12\uff10\uff13.0.113.7",
    "203.\uff10.113.7",
    "203.\u200b0.113.7",
    "203.&ZeroWidthSpace;0.113.7",
    "203&#46;0&#46;113&#46;7",
    "203&period;0&period;113&period;7",
    "203.%30.113.7",
    "2001\uff1adb8\uff1a\uff1a1",
    "2001&colon;db8&colon;&colon;1",
    *("203.0\x01.113.7", "203\x7f.0\x7f.113\x7f.7", "203\x80.0\x80.113\x80.7", "203\U0001d173.0.113\U0001d173.7"),
    *("203.0%01.113%1e.7", "203.0%7F.113%7f.7"),
    *("203.0%D8%9C.113%D8%9C.7", "203%D8%9C.0%d8%9c.113.7", "%DF%82%DF%80%DF%83.0.113.7"),
    *(r"203\.0\.113\.7", r"203\\.0\\.113\\.7", r"2001\:db8\:\:1", r"203\0560\056113\0567", "203=2E0=2E113=2E7"),
]
# What must not change: times, versions, code, prices, pictures, URLs.
UNCHANGED = [
    "10:00:00",
    "2025-10-07T10:00:00Z",
    "2019-10-01T10:22:33.123456+02:00",
    "00:1A:2B:3C:4D:5E",
    "aa:bb:cc:dd:ee:ff",
    "a::before",
    "li::after",
    "p.c1::before",
    "std::vector",
    "std::vector<int>::iterator",
    "Foo::Bar",
    "Add::Bed",
    "My::Class::method",
    "crate::mod1::func2",
    "1.2.3",
    "v1.2.3",
    "version 10.15.7",
    "1.299,00 EUR",
    "EUR 12.50",
    "1,234.50",
    "12.50",
    "0.99",
    "3 for 2@9.99",
    "SHIRT@RED",
    "@shop",
    "@shop.example",
    "follow @shop.example",
    "https://medium.com/@jane.doe",
    "/img/logo@2x.png",
    "/img/logo@3x.webp",
    "/img/hero@1.5x.jpg?v=3",
    "/img/icon@2x~ipad.png",
    "/npm/jquery@3.7.1/dist/jquery.min.js",
    "/npm/@babel/core@7.0.0/index.js",
    "https://cdn.jsdelivr.net/npm/vue@3",
    "100%",
    "100% off",
    "50%off",
    "a%20b%3D1",
    "?q=red%20shoes&size=40",
    "?size=40&color=red",
    "?price=40-80",
    "?a=1&copy=2&amp;reg=3",
    "Tom &amp; Jerry",
    "5 &times; 3",
    "caf\xe9 \u2026 \uff12\xbd",
    "Gr\xf6\xdfe 42",
    "10,20,30,40",
    "10-20-30-40",
    "SKU-1|SKU-2|SKU-3",
    "2025.10.07",
    "2025.10.07.10.30",
    "2025.10.07.10",
    "300.1.2.3",
    "1.2.3.400",
    "192.168.1",
    "1234567890",
    "https://shop.example:8443/a/b?c=d#e",
    "//cdn.shop.example/a.js",
    "http://localhost:3000/",
    "rgba(0,0,0,.5)",
    "C:\\Users\\max\\file.txt",
    "\\u00e9t\\u00e9",
    "key:value;key2:value2",
    '{"a":1,"b":[1,2,3]}',
    "16:9",
    "ratio 16:9:4",
    "1:1:1",
    "electronics.audio.headphones",
    "a.b.c.d",
    "Stra\xdfe 1 @ Eck",
    "meet @ 10:30",
    "price @ 3.50",
    "utm_source=newsletter&utm_medium=e-mail",
    "GA1.2.1234567890.1759823000",
    "fb.1.1596403881668.1098115397",
    "\u041a\u0438\u0457\u0432",
    "\u6771\u4eac\u90fd\uff11\u4e01\u76ee",
    "\u2167",
    "\u2116 5",
    "\xbd kg",
    "\xb2",
    "\U0001f44d\U0001f3fd",
    "1.5 x 2.0 x 3.5 x 4.0",
    "#fff::selection",
    "(555) 123-4567",
    "ISBN 978-3-16-148410-0",
    "3.14159.26",
    "=40",
    "width=40px",
    "q=40cm",
    "email=",
    "https://x.example/?redirect=https%3A%2F%2Fy.example%2Fa%3Fb%3Dc",
    "https://x.example/?t=10%3A30%3A00",
]
