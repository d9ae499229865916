"""When visitors come: a daily and weekly curve."""

from __future__ import annotations

from typing import Final

import numpy as np

from ingestion.simulator.shop import Floats, Ints

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

# relative traffic of each hour, UTC; lowest at 4, highest at 20
_WEEKDAY: Final = (9, 6, 4, 3, 2, 3, 7, 14, 22, 27, 30, 32, 36, 33, 31, 31, 34, 39, 47, 58, 64, 54, 36, 19)
_WEEKEND: Final = (14, 9, 6, 4, 3, 3, 5, 9, 18, 31, 44, 52, 53, 52, 52, 53, 54, 56, 59, 63, 65, 52, 36, 22)
_WEEK: Final = np.array([*_WEEKDAY * 5, *_WEEKEND * 2], dtype=np.float64)
_HOURS: Final = np.arange(-1, 169) + 0.5
_CURVE: Final = np.concatenate((_WEEK[-1:], _WEEK, _WEEK[:1])) / _WEEK.mean()


def intensity(at: Ints) -> Floats:
    """Traffic at these times (microseconds since 1970) relative to the week's mean of 1."""
    # 1970-01-01 was a Thursday, 72 hours into a week that starts on Monday
    return np.asarray(np.interp((at / HOUR + 72) % 168, _HOURS, _CURVE), dtype=np.float64)
