"""The function behind the URL that shops deliver webhooks to.

A delivery whose signature is right passes a door of this function, with the dialect of the shop, and its lines go to
the stream, sealed, so that the stream's door passes them on as they are. The events have ids of their own, so that a
delivery that is repeated counts once. The response tells the shop what to do: 200, it has arrived; 401, it is not
accepted; 503, deliver it again.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from ingestion.door.dialect import load_dialect
from ingestion.door.door import Admitted, Door
from ingestion.errors import UserError
from ingestion.firehose.delivery import Delivery
from ingestion.firehose.sink import FirehoseSink, NotDeliveredError
from ingestion.handlers.clients import client
from ingestion.handlers.door import NAMESPACE, NoKeyError, door_keys
from ingestion.handlers.shop_secrets import READ_AGAIN_SECONDS, ShopSecrets
from ingestion.handlers.shops import Shop, is_signed, shop_of

# Shopify waits five seconds for the response; a call of Firehose that began before this may take three more.
SEND_SECONDS: Final = 1.5

# WooCommerce sends this, unsigned, when a webhook is saved, and saves no webhook that is not answered with 200:
# https://github.com/woocommerce/woocommerce/blob/trunk/plugins/woocommerce/includes/class-wc-webhook.php (deliver_ping)
_is_ping: Final = re.compile(rb"webhook_id=[0-9]{1,20}").fullmatch

logger: Final = Logger(service=os.environ.get("POWERTOOLS_SERVICE_NAME", "webhook"))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request to the function URL, in its payload format 2.0.

    Nothing of a body is logged: it holds names and addresses.
    """
    method = event.get("requestContext", {}).get("http", {}).get("method")
    if method != "POST":
        return _response(405, "webhooks of a shop come as POST")
    headers: dict[str, str] = {name.lower(): value for name, value in event.get("headers", {}).items()}
    body = _body(event)
    shop = shop_of(headers)
    if body is None or shop is None:
        if body is not None and _is_ping(body):
            return _response(200, "the URL is reached; deliveries need the webhook's secret")
        return _response(401, "the request carries no signature of a shop")
    try:
        if not _is_genuine(shop, body, headers[shop.signature]):
            return _refused(shop)
        return _accepted(shop, body, headers)
    except Exception as error:  # whatever it is, the shop must deliver again what did not get onto the stream
        logger.error("not delivered", extra={"shop": shop.name, "error": _without_content(error)})
        return _response(503, "the events could not be stored; deliver them again")


def _body(event: Mapping[str, Any]) -> bytes | None:
    """The bytes that the shop sent and signed; None if they are not what a function URL passes on."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode()
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_genuine(shop: Shop, body: bytes, signature: str) -> bool:
    secrets = _secrets()
    if is_signed(body, signature, secrets.of(shop.name)):
        return True
    # the secret may have been changed
    return is_signed(body, signature, secrets.of(shop.name, max_age=READ_AGAIN_SECONDS))


def _refused(shop: Shop) -> dict[str, Any]:
    why = "the signature is wrong"
    if not _secrets().of(shop.name):
        why = f"there is no secret in {_secrets().parameter(shop.name)}"
    logger.warning("webhook refused", extra={"shop": shop.name, "why": why})
    with single_metric(
        name="WebhooksRefused",
        unit=MetricUnit.Count,
        value=1,
        namespace=os.environ.get("POWERTOOLS_METRICS_NAMESPACE", NAMESPACE),
        default_dimensions={"service": str(logger.service)},
    ):
        pass
    return _response(401, "the signature is not that of the body with this shop's secret")


def _accepted(shop: Shop, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    topic = headers.get(shop.topic, "")
    if topic not in shop.topics:
        # not an order, and often a person: nothing of it is kept
        logger.warning("topic ignored", extra={"shop": shop.name, "topic": topic[:100]})
        return _response(200, "deliveries of this topic are ignored")
    door = _door(shop.dialect)
    now = datetime.now(UTC)
    admitted = door.admit(body, received_at=now)
    _send(door, admitted, now)
    counts = {"accepted": admitted.accepted, "rejected": dict(admitted.rejected), "ignored": admitted.ignored}
    logger.info("delivery", extra={"shop": shop.name, "topic": topic} | counts)
    return _response(200, "stored", **counts)


def _send(door: Door, admitted: Admitted, now: datetime) -> None:
    """Put the lines on the stream; an error, unless all of them are."""
    delivery = Delivery(client("firehose", tries=1, read_timeout=2), os.environ["SHOPLAKE_STREAM"])
    with FirehoseSink(delivery, None, give_up_after=SEND_SECONDS, seal=door.sealed) as sink:
        sink.write(admitted.lines, now)


@cache
def _secrets() -> ShopSecrets:
    return ShopSecrets(client("ssm"), os.environ["SHOPLAKE_WEBHOOK_SECRETS"])


@cache
def _door(dialect: str) -> Door:
    return Door(load_dialect(dialect), door_keys())


def _without_content(error: Exception) -> str:
    """The message of errors whose text is ours or of AWS; of any other only its kind, since it may quote the body."""
    from botocore.exceptions import BotoCoreError, ClientError

    known = isinstance(error, NotDeliveredError | UserError | NoKeyError | BotoCoreError | ClientError)
    return f"{type(error).__name__}: {error}" if known else type(error).__name__


def _response(status: int, message: str, **counts: Any) -> dict[str, Any]:
    content = json.dumps({"message": message} | counts)
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": content}
