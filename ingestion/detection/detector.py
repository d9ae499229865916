"""Finds suspect visitors in the requests of a batch, raises one alert for each, and blocks them if configured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ingestion.detection.counters import Counters, Suspect
from ingestion.detection.ip_set import IpSet

# DynamoDB counts only visitors with at least this share of the limit in one batch; all others cost nothing. A visitor
# who spreads requests evenly over more than 20 batches a minute stays below it (numbers: docs/guide/operating.md).
COUNTED_SHARE: Final = 0.05
MAX_COUNTED_VISITORS: Final = 100
SUSPECT_SECONDS: Final = 3_600
# While lines arrive, an address is removed from the IP sets at most this long after its listing has expired.
CLEANUP_SECONDS: Final = 300
_COUNTED_SECONDS: Final = 900

Addresses = Callable[[set[str]], Mapping[str, str]]
"""Returns the address of each of these visitors, from the raw events."""


class Detector:
    """Counts the busy visitors of a batch, and finds those who exceed the limit.

    A failure here never fails a batch. It is reported through `on_failure`, and the service that failed is not called
    again for the same batch.

    Parameters
    ----------
    limit
        Requests in a minute that a visitor may send.
    publish
        Sends an alert, given its subject and message.
    ip_sets
        The IP sets in which addresses are blocked, one for each IP version; empty: nothing is blocked.
    visitor_of
        Returns the visitor of an address.
    on_failure
        Called with what failed (`count`, `alert`, `block`) and the exception.
    """

    def __init__(
        self,
        limit: int,
        counters: Counters,
        publish: Callable[[str, str], Any],
        *,
        ip_sets: Sequence[IpSet] = (),
        visitor_of: Callable[[str], str | None] = lambda address: None,
        on_failure: Callable[[str, Exception], None],
    ) -> None:
        self._limit = limit
        self._counted_from = max(int(limit * COUNTED_SHARE), 2)
        self._counters = counters
        self._publish = publish
        self._ip_sets = ip_sets
        self._visitor_of = visitor_of
        self._on_failure = on_failure
        self._cleaned_up_at: int | None = None

    def inspect(self, requests: Counter[tuple[str, datetime]], addresses: Addresses, now: datetime) -> list[Suspect]:
        """Count a batch; return the visitors whose requests in a minute exceed the limit with this batch.

        Of all concurrent batches of a minute, exactly one returns a visitor.
        """
        at = int(now.timestamp())
        suspects = self._over_the_limit(requests, at)
        newly = [suspect for suspect in suspects if self._is_new(suspect, at)]
        for suspect in newly:
            self._alert(suspect)
        if self._ip_sets and (newly or self._is_cleanup_due(at)):
            self._block({suspect.visitor for suspect in newly}, addresses, at)
        return suspects

    def _is_cleanup_due(self, at: int) -> bool:
        if self._cleaned_up_at is None:
            # this instance of the function is new; another one may have cleaned up a moment ago
            self._cleaned_up_at = at
        return at - self._cleaned_up_at >= CLEANUP_SECONDS

    def _over_the_limit(self, requests: Counter[tuple[str, datetime]], at: int) -> list[Suspect]:
        suspects = []
        for (visitor, minute), count in requests.most_common(MAX_COUNTED_VISITORS):
            if count < self._counted_from:
                break
            try:
                total = self._counters.add(visitor, minute, count, at + _COUNTED_SECONDS)
            except Exception as error:
                self._on_failure("count", error)
                break
            if total - count <= self._limit < total:
                reason = f"more than {self._limit} requests in a minute"
                suspects.append(Suspect(visitor, total, minute, reason, at + SUSPECT_SECONDS))
        return suspects

    def _is_new(self, suspect: Suspect, at: int) -> bool:
        try:
            return self._counters.list_suspect(suspect, at)
        except Exception as error:
            self._on_failure("count", error)
            return True

    def _alert(self, suspect: Suspect) -> None:
        message = {
            "visitor": suspect.visitor,
            "requests": suspect.requests,
            "minute": f"{suspect.minute:%Y-%m-%dT%H:%MZ}",
            "reason": suspect.reason,
            "expires_at": datetime.fromtimestamp(suspect.expires_at, suspect.minute.tzinfo).isoformat(),
        }
        try:
            self._publish("Shoplake: suspect visitor", json.dumps(message))
        except Exception as error:
            self._on_failure("alert", error)
            try:
                self._counters.unlist(suspect.visitor)
            except Exception as unlist_error:
                self._on_failure("count", unlist_error)

    def _block(self, visitors: set[str], addresses: Addresses, at: int) -> None:
        def still_listed(blocked: list[str]) -> set[str]:
            by_visitor = {self._visitor_of(address) or "": address for address in blocked}
            return {by_visitor[visitor] for visitor in self._counters.listed(by_visitor, at)}

        self._cleaned_up_at = at
        try:
            found = addresses(visitors).values() if visitors else []
            for ip_set in self._ip_sets:
                ip_set.block(found, still_listed)
        except Exception as error:
            self._on_failure("block", error)
