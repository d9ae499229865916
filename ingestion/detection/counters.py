"""One DynamoDB table with expiry: requests by visitor and minute across concurrent calls, and who is suspect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_SUSPECT: Final = "suspect#"
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
_MOST_KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class Suspect:
    """A visitor over the limit.

    Attributes
    ----------
    visitor
        `visitor_hash`, or `anonymous_id:` or `user_id:` and a hash of it; never an address.
    requests
        How many it has sent in that minute so far.
    expires_at
        Seconds since 1970 at which it is no suspect any more, unless it goes on.
    """

    visitor: str
    requests: int
    minute: datetime
    reason: str
    expires_at: int


class Counters:
    """The table `visitor_minute` (text), `requests`, `expires_at` (the table's time to live).

    Parameters
    ----------
    client
        boto3's client for `dynamodb`.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def add(self, visitor: str, minute: datetime, requests: int, expires_at: int) -> int:
        """Add requests to a visitor's minute; the sum of all concurrent callers so far, this one's included."""
        answer = self._client.update_item(
            TableName=self._table,
            Key=_key(f"{visitor}#{minute:%Y-%m-%dT%H:%MZ}"),
            UpdateExpression="ADD requests :requests SET expires_at = :expires_at",
            ExpressionAttributeValues={":requests": {"N": str(requests)}, ":expires_at": {"N": str(expires_at)}},
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["requests"]["N"])

    def list_suspect(self, suspect: Suspect, now: int) -> bool:
        """List a visitor as suspect, or for longer; whether it was not listed before."""
        answer = self._client.update_item(
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
        # DynamoDB removes an expired item within days, not at once
        return not _is_listed(answer.get("Attributes"), now)

    def unlist(self, visitor: str) -> None:
        """Take a visitor off the list, so that the next excess is told anew."""
        self._client.delete_item(TableName=self._table, Key=_key(_SUSPECT + visitor))

    def listed(self, visitors: Iterable[str], now: int) -> set[str]:
        """Those of the visitors that are listed as suspect."""
        found: set[str] = set()
        asked = sorted(set(visitors))
        for start in range(0, len(asked), _MOST_KEYS):
            keys = asked[start : start + _MOST_KEYS]
            answer = self._client.batch_get_item(
                RequestItems={self._table: {"Keys": [_key(_SUSPECT + visitor) for visitor in keys]}}
            )
            if answer.get("UnprocessedKeys"):
                # not knowing is no reason to let somebody go
                found.update(keys)
            found |= {
                item["visitor_minute"]["S"].removeprefix(_SUSPECT)
                for item in answer["Responses"].get(self._table, [])
                if _is_listed(item, now)
            }
        return found


def _key(text: str) -> dict[str, dict[str, str]]:
    return {"visitor_minute": {"S": text}}


def _is_listed(item: dict[str, dict[str, str]] | None, now: int) -> bool:
    return bool(item) and int(item["expires_at"]["N"]) > now  # type: ignore[index]
