from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ingestion.detection.ip_set import IpSet, IpSetName


class RacingWaf:
    """An IP set that another writer changes between a read and a write, a given number of times."""

    class exceptions:  # noqa: N801
        class WAFOptimisticLockException(ClientError):  # noqa: N818
            pass

    def __init__(self, races: int) -> None:
        self.addresses = {"192.0.2.1/32"}
        self.token = 0
        self.races = races

    def get_ip_set(self, **_: str) -> dict[str, Any]:
        ip_set = {"Addresses": sorted(self.addresses), "IPAddressVersion": "IPV4"}
        return {"IPSet": ip_set, "LockToken": str(self.token)}

    def update_ip_set(self, *, Addresses: list[str], LockToken: str, **_: str) -> None:  # noqa: N803
        if self.races:
            self.races -= 1
            self.token += 1
            self.addresses.add(f"192.0.2.{100 + self.token}/32")
        if LockToken != str(self.token):
            raise self.exceptions.WAFOptimisticLockException({"Error": {"Code": "x"}}, "UpdateIPSet")
        self.addresses = set(Addresses)


def test_no_address_of_a_concurrent_writer_is_lost() -> None:
    waf = RacingWaf(races=3)
    waits: list[float] = []
    ip_set = IpSet(waf, IpSetName("s", "1", "REGIONAL"), waits.append)
    assert ip_set.block(["203.0.113.7"], keep=set) == 5
    assert waf.addresses == {f"{ip}/32" for ip in ("192.0.2.1", *(f"192.0.2.10{n}" for n in (1, 2, 3)), "203.0.113.7")}
    assert len(waits) == 3


def test_a_set_that_other_writers_keep_changing_is_an_error() -> None:
    waf = RacingWaf(races=99)
    with pytest.raises(RacingWaf.exceptions.WAFOptimisticLockException):
        IpSet(waf, IpSetName("s", "1", "REGIONAL"), lambda _: None).block(["203.0.113.7"], keep=set)


def test_the_name_of_an_ip_set_determines_the_region_of_its_api() -> None:
    assert IpSetName.parse("a|b|CLOUDFRONT").region == "us-east-1"
    assert IpSetName.parse("a|b|REGIONAL").region is None
