"""Deliveries as Shopify and WooCommerce make them, to the function behind the URL."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Door
from ingestion.handlers import webhook
from ingestion.handlers.clients import client
from ingestion.handlers.webhook import handler
from tests.support.aws_account import KEYS, Account, Context
from tests.support.fake_firehose import Answer, FakeFirehose, client_error
from tests.support.paths import ROOT

FORMATS = ROOT / "tests" / "ingestion" / "door" / "formats"
SECRETS = {"shopify": "shpss_0123456789abcdef", "woocommerce": "k%9 &x<"}
HEADERS = {
    "shopify": ("X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "orders/create"),
    "woocommerce": ("X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "order.updated"),
}


def deliveries(name: str) -> list[bytes]:
    return Path(FORMATS / f"{name}.jsonl").read_bytes().splitlines()


ORDERS = {"shopify": deliveries("shopify_webhook"), "woocommerce": deliveries("woocommerce")}


def signature(body: bytes, secret: str) -> str:
    """As both shops document it: base64 of the HMAC-SHA256 of the body with the secret."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def request(body: bytes, headers: dict[str, str], *, encoded: bool = False, method: str = "POST") -> dict[str, Any]:
    """A request as a function URL passes it on (payload format 2.0)."""
    text = base64.b64encode(body).decode() if encoded else body.decode()
    return {
        "version": "2.0",
        "rawPath": "/",
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": "/", "sourceIp": "198.51.100.9"}},
        "body": text,
        "isBase64Encoded": encoded,
    }


def signed(shop: str, body: bytes, secret: str | None = None, topic: str | None = None) -> dict[str, str]:
    header, topic_header, usual = HEADERS[shop]
    return {header: signature(body, secret or SECRETS[shop]), topic_header: topic or usual}


@pytest.fixture
def firehose(account: Account, monkeypatch: pytest.MonkeyPatch) -> FakeFirehose:
    return listening(account, monkeypatch)


def listening(account: Account, monkeypatch: pytest.MonkeyPatch, answers: list[Answer] | None = None) -> FakeFirehose:
    """The function with its secrets, and a stream."""
    stream = FakeFirehose(answers)
    for shop, secret in SECRETS.items():
        account.client("ssm").put_parameter(Name=f"/shop/webhooks/{shop}", Value=secret, Type="SecureString")
    monkeypatch.setenv("SHOPLAKE_WEBHOOK_SECRETS", "/shop/webhooks/")

    def client_of(service: str, **options: int) -> Any:
        return stream if service == "firehose" else client(service, **options)

    monkeypatch.setattr(webhook, "client", client_of)
    return stream


def answered(call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    context: Any = Context()
    response = handler(call, context)
    return response["statusCode"], json.loads(response["body"])


def bronze(firehose: FakeFirehose) -> list[dict[str, Any]]:
    """The events that the stream's own door, which may have another dialect, makes of what was sent to it."""
    door = Door(load_dialect("canonical"), KEYS)
    admitted = door.admit(b"".join(firehose.kept), received_at=datetime.now(UTC))
    return [json.loads(line) for line in admitted.lines]


def unreceived(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "received_at"}


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("shop", SECRETS)
def test_signed_orders_become_the_events_of_the_shops_dialect(firehose: FakeFirehose, shop: str, encoded: bool) -> None:
    for body in ORDERS[shop]:
        status, _ = answered(request(body, signed(shop, body), encoded=encoded))
        assert status == 200
    dialect = {"shopify": "shopify_webhook"}.get(shop, shop)
    replayed = Door(load_dialect(dialect), KEYS).admit(b"\n".join(ORDERS[shop]), received_at=datetime.now(UTC))
    assert list(map(unreceived, bronze(firehose))) == [unreceived(json.loads(line)) for line in replayed.lines]
    assert replayed.accepted >= 6
    assert b"ann@example.com" not in b"".join(firehose.kept)
    assert b"203.0.113.7" not in b"".join(firehose.kept)


def test_a_delivery_that_is_repeated_gives_the_same_events(firehose: FakeFirehose) -> None:
    body = ORDERS["shopify"][0]
    calls = [request(body, signed("shopify", body)) for _ in range(2)]
    assert [answered(call)[0] for call in calls] == [200, 200]
    found = [unreceived(event) for event in bronze(firehose)]
    assert found[: len(found) // 2] == found[len(found) // 2 :] != []


def emitted(output: str, name: str) -> list[float]:
    documents = [json.loads(line) for line in output.splitlines() if '"_aws"' in line]
    return [value for document in documents if name in document for value in document[name]]


def logged(caplog: pytest.LogCaptureFixture) -> str:
    return str([vars(record) for record in caplog.records if record.name == "webhook"])


@pytest.mark.parametrize("shop", SECRETS)
def test_a_wrong_signature_is_refused_and_counted(
    firehose: FakeFirehose, shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    body = ORDERS[shop][0]
    for call in (
        request(body, signed(shop, body, secret="wrong")),
        request(body.replace(b"1", b"2", 1), signed(shop, body)),
        request(body, signed(shop, body) | {HEADERS[shop][0]: ""}),
    ):
        assert answered(call)[0] == 401
        assert emitted(capsys.readouterr().out, "WebhooksRefused") == [1]
    assert firehose.calls == []


def test_without_a_secret_nothing_is_accepted_and_the_log_says_where_to_put_it(
    firehose: FakeFirehose,
    account: Account,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    account.client("ssm").delete_parameter(Name="/shop/webhooks/shopify")
    body = ORDERS["shopify"][0]
    assert answered(request(body, signed("shopify", body, secret="any")))[0] == 401
    assert emitted(capsys.readouterr().out, "WebhooksRefused") == [1]
    assert "there is no secret in /shop/webhooks/shopify" in logged(caplog)


def test_a_secret_may_be_changed_while_the_function_lives(
    firehose: FakeFirehose, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = ORDERS["shopify"][0]
    assert answered(request(body, signed("shopify", body)))[0] == 200
    new = f"new\n{SECRETS['shopify']}"
    account.client("ssm").put_parameter(Name="/shop/webhooks/shopify", Value=new, Type="SecureString", Overwrite=True)
    monkeypatch.setattr(webhook, "READ_AGAIN_SECONDS", 0)
    assert answered(request(body, signed("shopify", body, secret="new")))[0] == 200
    assert answered(request(body, signed("shopify", body)))[0] == 200


def test_what_no_shop_signed_is_refused_without_a_count(
    firehose: FakeFirehose, capsys: pytest.CaptureFixture[str]
) -> None:
    body = ORDERS["shopify"][0]
    for call, status in (
        (request(body, {}), 401),
        (request(body, {"X-Shopify-Topic": "orders/create"}), 401),
        (request(b"webhook_id=1&more=2", {}, encoded=True), 401),
        (request(body, signed("shopify", body)) | {"body": "%%%", "isBase64Encoded": True}, 401),
        (request(b"", signed("shopify", b""), method="GET"), 405),
    ):
        assert answered(call)[0] == status
    assert emitted(capsys.readouterr().out, "WebhooksRefused") == []
    assert firehose.calls == []


def test_the_ping_with_which_woocommerce_saves_a_webhook_is_answered(firehose: FakeFirehose) -> None:
    # WordPress sends it as a form, which a function URL encodes
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert answered(request(b"webhook_id=17", form, encoded=True))[0] == 200
    assert firehose.calls == []


@pytest.mark.parametrize(
    ("shop", "topic"), [("shopify", "customers/create"), ("shopify", "orders/delete"), ("woocommerce", "order.deleted")]
)
def test_other_topics_are_ignored_and_leave_nothing(
    firehose: FakeFirehose, shop: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    body = b'{"id": 5, "first_name": "Ann", "phone": "+49301234567"}'
    assert answered(request(body, signed(shop, body, topic=topic)))[0] == 200
    assert firehose.calls == []
    assert topic in logged(caplog)
    assert "Ann" not in logged(caplog)


@pytest.mark.parametrize(
    "answer",
    [
        client_error("ResourceNotFoundException"),
        client_error("AccessDeniedException"),
        ConnectionError("a mistake that quotes ann@example.com"),
    ],
)
def test_what_cannot_be_stored_must_be_delivered_again(
    account: Account, monkeypatch: pytest.MonkeyPatch, answer: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    firehose = listening(account, monkeypatch, [answer])
    body = ORDERS["shopify"][0]
    call = request(body, signed("shopify", body))
    assert answered(call)[0] == 503
    assert "not delivered" in logged(caplog)
    assert "ann@example.com" not in logged(caplog)
    assert firehose.kept == []
    assert answered(call)[0] == 200
    assert bronze(firehose) != []


def test_a_stream_that_stays_busy_is_given_up_before_the_shop_gives_up(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "SEND_SECONDS", 0)
    firehose = listening(account, monkeypatch, [{0}] * 9)
    body = ORDERS["shopify"][0]
    assert answered(request(body, signed("shopify", body)))[0] == 503
    assert len(firehose.calls) == 1


@pytest.mark.parametrize("missing", ["SHOPLAKE_ID_SECRET", "SHOPLAKE_HMAC_SECRET"])
def test_without_a_key_of_the_stack_nothing_passes(
    firehose: FakeFirehose, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv(missing, "none")
    body = ORDERS["shopify"][0]
    assert answered(request(body, signed("shopify", body)))[0] == 503
    assert firehose.calls == []


def test_an_order_that_is_too_long_for_the_door_is_kept_as_a_rejected_line(firehose: FakeFirehose) -> None:
    body = json.dumps({"id": 1, "line_items": [], "note": "x" * 1_100_000}).encode()
    status, counts = answered(request(body, signed("shopify", body)))
    assert (status, counts["rejected"]) == (200, {"line_too_long": 1})
    assert [event["reject_reason"] for event in bronze(firehose)] == ["line_too_long"]


def test_a_secret_and_a_body_are_never_logged(firehose: FakeFirehose, caplog: pytest.LogCaptureFixture) -> None:
    body = ORDERS["shopify"][0]
    answered(request(body, signed("shopify", body)))
    answered(request(body, signed("shopify", body, secret="wrong")))
    output = logged(caplog)
    assert "orders/create" in output
    for text in (SECRETS["shopify"], "ann@example.com", "Berlin", "203.0.113.7"):
        assert text not in output
