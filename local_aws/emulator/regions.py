"""One Glue catalog, whatever the region of a call: Trino reads the catalog of one region.

ministack keeps Glue by region, and a stack in eu-central-1 would make databases that no query sees.
"""

from __future__ import annotations

from typing import Any, Final

import ministack.services.glue as glue
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
    for store in glue._ALL_STATE.values():
        if type(store) is glue.AccountRegionScopedDict:
            store.__class__ = OneRegion
