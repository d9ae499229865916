"""From the requests of one batch to who is suspect, told once, blocked if wanted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ingestion.detection.counters import Counters, Suspect
from ingestion.detection.ip_set import IpSet

# A visitor's share of the limit within one batch from which on DynamoDB counts. Those below cost nothing; who spreads
# requests evenly over more than 20 batches a minute stays below (docs/guide/operating.md says what that is in events).
HOT_SHARE: Final = 0.05
MOST_COUNTED: Final = 100
SUSPECT_SECONDS: Final = 3_600
# An address leaves the IP sets at most so long after its listing has expired, as long as anything arrives.
SWEEP_SECONDS: Final = 300
_COUNTED_SECONDS: Final = 900

Addresses = Callable[[set[str]], Mapping[str, str]]
"""The address of each of these visitors, from the raw events."""


class Detector:
    """Counts visitors who are hot within a batch, and tells who is over the limit.

    Nothing here fails a batch: each service is asked until it fails once, and that is reported through `on_failure`.

    Parameters
    ----------
    limit
        Requests of a visitor within a minute that are still allowed.
    publish
        Sends subject and message to those who are on duty.
    ip_sets
        Where to block addresses, one set for each IP version; none: nowhere.
    visitor_of
        The visitor that stands for an address.
    on_failure
        Told what failed (`count`, `alert`, `block`) and how.
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
        self._hot_from = max(int(limit * HOT_SHARE), 2)
        self._counters = counters
        self._publish = publish
        self._ip_sets = ip_sets
        self._visitor_of = visitor_of
        self._on_failure = on_failure
        self._swept_at: int | None = None

    def inspect(self, requests: Counter[tuple[str, datetime]], addresses: Addresses, now: datetime) -> list[Suspect]:
        """Count a batch; those who with it exceed the limit of a minute.

        Of all concurrent batches of a minute, exactly one brings a visitor over the limit.
        """
        at = int(now.timestamp())
        suspects = self._over_the_limit(requests, at)
        newly = [suspect for suspect in suspects if self._is_new(suspect, at)]
        for suspect in newly:
            self._alert(suspect)
        if self._ip_sets and (newly or self._is_time_to_sweep(at)):
            self._block({suspect.visitor for suspect in newly}, addresses, at)
        return suspects

    def _is_time_to_sweep(self, at: int) -> bool:
        if self._swept_at is None:
            # the function has just begun; others may have swept a moment ago
            self._swept_at = at
        return at - self._swept_at >= SWEEP_SECONDS

    def _over_the_limit(self, requests: Counter[tuple[str, datetime]], at: int) -> list[Suspect]:
        suspects = []
        for (visitor, minute), count in requests.most_common(MOST_COUNTED):
            if count < self._hot_from:
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
            except Exception as second:
                self._on_failure("count", second)

    def _block(self, visitors: set[str], addresses: Addresses, at: int) -> None:
        def keep(blocked: list[str]) -> set[str]:
            by_visitor = {self._visitor_of(address) or "": address for address in blocked}
            return {by_visitor[visitor] for visitor in self._counters.listed(by_visitor, at)}

        self._swept_at = at
        try:
            found = addresses(visitors).values() if visitors else []
            for ip_set in self._ip_sets:
                ip_set.block(found, keep)
        except Exception as error:
            self._on_failure("block", error)
