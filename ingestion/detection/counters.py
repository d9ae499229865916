"""The DynamoDB table that counts requests by visitor and minute across concurrent calls, and lists suspects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_SUSPECT: Final = "suspect#"
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_MAX_KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class Suspect:
    """A visitor over the limit.

    Attributes
    ----------
    visitor
        `visitor_hash`, or `anonymous_id:` or `user_id:` with a hash of that id; never an address.
    requests
        Requests of the visitor in that minute so far.
    expires_at
        Seconds since 1970 at which the listing ends, unless the visitor exceeds the limit again.
    """

    visitor: str
    requests: int
    minute: datetime
    reason: str
    expires_at: int


class Counters:
    """The table with the attributes `visitor_minute` (text, key), `requests` and `expires_at` (time to live).

    Parameters
    ----------
    client
        The boto3 client for `dynamodb`.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, visitor: str, minute: datetime, requests: int, expires_at: int) -> int:
        """Add requests to a visitor's minute; return the sum over all callers so far, including this one."""
        response = self._client.update_item(
            TableName=self._table,
            Key=_key(f"{visitor}#{minute:%Y-%m-%dT%H:%MZ}"),
            UpdateExpression="ADD requests :requests SET expires_at = :expires_at",
            ExpressionAttributeValues={":requests": {"N": str(requests)}, ":expires_at": {"N": str(expires_at)}},
            ReturnValues="UPDATED_NEW",
        )
        return int(response["Attributes"]["requests"]["N"])

    def list_suspect(self, suspect: Suspect, now: int) -> bool:
        """List a visitor as suspect, or extend the listing; return whether the visitor was not listed before."""
        response = self._client.update_item(
            TableName=self._table,
            Key=_key(_SUSPECT + suspect.visitor),
            UpdateExpression="SET requests = :requests, arrived = :minute, reason = :reason, expires_at = :expires_at",
            ExpressionAttributeValues={
                ":requests": {"N": str(suspect.requests)},
                ":minute": {"S": f"{suspect.minute:%Y-%m-%dT%H:%MZ}"},
                ":reason": {"S": suspect.reason},
                ":expires_at": {"N": str(suspect.expires_at)},
            },
            ReturnValues="ALL_OLD",
        )
        # DynamoDB removes an expired item within days, not at once, so its expiry is checked here
        return not _is_listed(response.get("Attributes"), now)

    def unlist(self, visitor: str) -> None:
        """Remove a visitor from the list, so that the next excess raises an alert again."""
        self._client.delete_item(TableName=self._table, Key=_key(_SUSPECT + visitor))

    def listed(self, visitors: Iterable[str], now: int) -> set[str]:
        """Return those of the visitors that are listed as suspect."""
        found: set[str] = set()
        wanted = sorted(set(visitors))
        for start in range(0, len(wanted), _MAX_KEYS):
            keys = wanted[start : start + _MAX_KEYS]
            response = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": [_key(_SUSPECT + visitor) for visitor in keys]}}
            )
            if response.get("UnprocessedKeys"):
                # DynamoDB did not answer for all keys; an unknown visitor stays blocked
                found.update(keys)
            found |= {
                item["visitor_minute"]["S"].removeprefix(_SUSPECT)
                for item in response["Responses"].get(self._table, [])
                if _is_listed(item, now)
            }
        return found


def _key(text: str) -> dict[str, dict[str, str]]:
    return {"visitor_minute": {"S": text}}


def _is_listed(item: dict[str, dict[str, str]] | None, now: int) -> bool:
    return bool(item) and int(item["expires_at"]["N"]) > now  # type: ignore[index]
