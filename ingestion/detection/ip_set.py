"""The optional WAF IP sets of suspects. No other AWS resource stores an address, and these contain nothing else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

_MAX_ATTEMPTS: Final = 6
_MAX_WAIT_SECONDS: Final = 0.5
# https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-creating.html
_MAX_ADDRESSES: Final = 10_000


@dataclass(frozen=True, slots=True)
class IpSetName:
    """The identity of an IP set; `scope` is REGIONAL or CLOUDFRONT."""

    name: str
    id: str
    scope: str

    @classmethod
    def parse(cls, text: str) -> IpSetName:
        """Parse `name|id|scope`, the form of its CloudFormation `Ref`."""
        name, identity, scope = text.split("|")
        return cls(name, identity, scope)

    @property
    def region(self) -> str | None:
        """The region of its API; None for the region of the caller."""
        return "us-east-1" if self.scope == "CLOUDFRONT" else None


class IpSet:
    """A set of addresses that WAF blocks. Only the door writes to it: any address that is no suspect is removed.

    Parameters
    ----------
    client
        The boto3 client for `wafv2`.
    """

    def __init__(self, client: Any, name: IpSetName, wait: Callable[[float], object] = time.sleep) -> None:
        self._client = client
        self._names = {"Name": name.name, "Id": name.id, "Scope": name.scope}
        self._wait = wait

    def block(self, addresses: Iterable[str], keep: Callable[[list[str]], set[str]]) -> int:
        """Add the addresses of the set's IP version, and remove those that are no longer suspect.

        Parameters
        ----------
        keep
            Returns which of the addresses in the set stay.

        Returns
        -------
        The number of addresses in the set.

        Raises
        ------
        ClientError
            WAF failed, or another writer changed the set between the read and the write in all six attempts.
        """
        new = {str(ip_network(address)) for address in addresses}
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            response = self._client.get_ip_set(**self._names)
            present = set(response["IPSet"]["Addresses"])
            kept = keep(sorted(str(ip_network(entry).network_address) for entry in present))
            version = 4 if response["IPSet"]["IPAddressVersion"] == "IPV4" else 6
            wanted = {str(ip_network(address)) for address in kept} | {
                entry for entry in new if ip_network(entry).version == version
            }
            wanted = set(sorted(wanted)[:_MAX_ADDRESSES])
            if wanted == present:
                return len(wanted)
            try:
                self._client.update_ip_set(**self._names, Addresses=sorted(wanted), LockToken=response["LockToken"])
                return len(wanted)
            except self._client.exceptions.WAFOptimisticLockException:
                if attempt == _MAX_ATTEMPTS:
                    raise
                self._wait(random.random() * _MAX_WAIT_SECONDS)
        raise AssertionError("unreachable")
