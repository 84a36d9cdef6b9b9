"""The monotonic clock of this machine, for deadlines, waits and rates.

freezegun makes `time.monotonic` stand still for all who ask for it, and whoever waits by it waits for ever. It leaves
`time.clock_gettime` alone, which asks the same clock; Windows lacks that one.
"""

from __future__ import annotations

import time
from functools import partial

__all__ = ["monotonic"]

monotonic = partial(time.clock_gettime, time.CLOCK_MONOTONIC) if hasattr(time, "clock_gettime") else partial(time.monotonic)
"""The time in seconds, by a clock that never goes back."""
