"""The secrets with which the shops sign, kept in SSM as parameters of the kind SecureString."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

# A secret that was changed, or added, holds after this time at the latest.
KEEP_SECONDS: Final = 300.0
# A delivery with a wrong signature reads the parameter again, but not each of many.
READ_AGAIN_SECONDS: Final = 10.0


class ShopSecrets:
    """Reads the secrets of each shop and keeps them for some minutes.

    Parameters
    ----------
    client
        boto3's client for `ssm`.
    prefix
        What the names of the parameters begin with, such as `/shoplake/webhooks/`.
    clock
        A monotonic clock in seconds.
    """

    def __init__(self, client: Any, prefix: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}

    def parameter(self, shop: str) -> str:
        """The name of the parameter that holds the secrets of a shop."""
        return f"{self._prefix}{shop}"

    def of(self, shop: str, *, max_age: float = KEEP_SECONDS) -> tuple[str, ...]:
        """The secrets of a shop, one on each line of its parameter; none if there is no parameter.

        Several are for a change of the secret, and for several shops of a kind. Errors of AWS are not caught.
        """
        now = self._clock()
        kept = self._kept.get(shop)
        if kept is None or now - kept[0] >= max_age:
            kept = self._kept[shop] = now, self._read(shop)
        return kept[1]

    def _read(self, shop: str) -> tuple[str, ...]:
        try:
            answer = self._client.get_parameter(Name=self.parameter(shop), WithDecryption=True)
        except self._client.exceptions.ParameterNotFound:
            return ()
        lines = (line.strip() for line in str(answer["Parameter"]["Value"]).splitlines())
        return tuple(line for line in lines if line)
