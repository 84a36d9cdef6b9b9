"""Python's garbage collector, which finds nothing while a library is being loaded."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Keeps the garbage collector from running, in all threads, until the end of the block.

    For tenths of a second in which many objects are made that stay: the collector would go over all of them again and again.
    What is garbage meanwhile is collected afterwards. A collector that the program has turned off stays off.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
