"""One Glue catalog and one S3 for all regions, because Trino knows one region.

ministack keeps a Glue catalog per region, and its S3 rejects callers of another region. Without this patch no query
sees the databases of a stack in eu-central-1 or reads its bucket.
"""

from __future__ import annotations

from typing import Any, Final

import ministack.services.glue as glue
import ministack.services.s3 as s3
from ministack.core.responses import get_account_id

_REGION: Final = "us-east-1"


class OneRegion(glue.AccountRegionScopedDict):  # type: ignore[misc]
    """A ministack store that uses one region for all keys."""

    __slots__ = ()

    def _scoped(self, key: Any) -> tuple[str, str, Any]:
        return (get_account_id(), _REGION, key)

    def _prefix(self) -> tuple[str, str]:
        return (get_account_id(), _REGION)


def patch() -> None:
    """Change Glue's stores in place, because other services of ministack hold references to them."""
    s3._check_bucket_region = _any_region
    for store in glue._ALL_STATE.values():
        if type(store) is glue.AccountRegionScopedDict:
            store.__class__ = OneRegion


def _any_region(*_: Any, **__: Any) -> None:
    """ministack's region check: None accepts the caller."""
