"""One Glue catalog and one S3, whatever the region of a call: Trino knows one region.

ministack keeps Glue by region, and its S3 sends a caller of another region away: of a stack in eu-central-1 no query
would see the databases, or read the bucket.
"""

from __future__ import annotations

from typing import Any, Final

import ministack.services.glue as glue
import ministack.services.s3 as s3
from ministack.core.responses import get_account_id

_REGION: Final = "us-east-1"


class OneRegion(glue.AccountRegionScopedDict):  # type: ignore[misc]
    """A store of ministack whose keys are those of one region."""

    __slots__ = ()

    def _scoped(self, key: Any) -> tuple[str, str, Any]:
        return (get_account_id(), _REGION, key)

    def _prefix(self) -> tuple[str, str]:
        return (get_account_id(), _REGION)


def correct() -> None:
    """Turn Glue's stores into stores of one region, in place: other services of ministack hold them too."""
    s3._check_bucket_region = _any_region
    for store in glue._ALL_STATE.values():
        if type(store) is glue.AccountRegionScopedDict:
            store.__class__ = OneRegion


def _any_region(*_: Any, **__: Any) -> None:
    """None is ministack's word for a caller that is not sent away."""
