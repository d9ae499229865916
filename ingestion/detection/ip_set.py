"""The optional WAF IP set of suspects. It is the only place where an address stands, and it names nobody."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

_TRIES: Final = 6
_LONGEST_WAIT: Final = 0.5
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-creating.html
_MOST_ADDRESSES: Final = 10_000


@dataclass(frozen=True, slots=True)
class IpSetName:
    """What names an IP set to WAF: `name|id|scope`, scope being REGIONAL or CLOUDFRONT."""

    name: str
    id: str
    scope: str

    @classmethod
    def parse(cls, text: str) -> IpSetName:
        """From the form `name|id|scope`, which is also that of its CloudFormation `Ref`."""
        name, identity, scope = text.split("|")
        return cls(name, identity, scope)

    @property
    def region(self) -> str | None:
        """Where its API is, if not in the region of the caller."""
        return "us-east-1" if self.scope == "CLOUDFRONT" else None


class IpSet:
    """Addresses that WAF blocks. It belongs to the door: an address that `keep` does not know is taken out.

    Parameters
    ----------
    client
        boto3's client for `wafv2`.
    """

    def __init__(self, client: Any, name: IpSetName, wait: Callable[[float], object] = time.sleep) -> None:
        self._client = client
        self._names = {"Name": name.name, "Id": name.id, "Scope": name.scope}
        self._wait = wait

    def block(self, addresses: Iterable[str], keep: Callable[[list[str]], set[str]]) -> int:
        """Add addresses of the set's own IP version, and take out those that are suspect no more; how many are in it.

        Parameters
        ----------
        keep
            Of the addresses that are in the set, those that stay.

        Raises
        ------
        ClientError
            WAF failed, or others changed the set six times in between.
        """
        new = {str(ip_network(address)) for address in addresses}
        for attempt in range(1, _TRIES + 1):
            answer = self._client.get_ip_set(**self._names)
            present = set(answer["IPSet"]["Addresses"])
            kept = keep(sorted(str(ip_network(entry).network_address) for entry in present))
            version = 4 if answer["IPSet"]["IPAddressVersion"] == "IPV4" else 6
            wanted = {str(ip_network(address)) for address in kept} | {
                entry for entry in new if ip_network(entry).version == version
            }
            wanted = set(sorted(wanted)[:_MOST_ADDRESSES])
            if wanted == present:
                return len(wanted)
            try:
                self._client.update_ip_set(**self._names, Addresses=sorted(wanted), LockToken=answer["LockToken"])
                return len(wanted)
            except self._client.exceptions.WAFOptimisticLockException:
                if attempt == _TRIES:
                    raise
                self._wait(random.random() * _LONGEST_WAIT)
        raise AssertionError("unreachable")
