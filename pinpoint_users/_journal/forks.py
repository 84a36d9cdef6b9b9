"""What a forked child must not take with it from its parent."""

from __future__ import annotations

import os
import threading
from contextlib import suppress

descriptors: set[int] = set()
"""The files that journals have open. A child closes its copies: a lock on a file lasts as long as any of them is open."""

sqlite_lock = threading.RLock()
"""Held while a thread is inside SQLite, and over a fork: SQLite's own locks would otherwise stay locked in the child."""


def close_inherited() -> None:
    """Closes a child's copies of its parent's files."""
    for descriptor in descriptors:
        with suppress(OSError):
            os.close(descriptor)
    descriptors.clear()


with suppress(AttributeError):  # Windows doesn't fork
    os.register_at_fork(after_in_child=close_inherited)
    os.register_at_fork(before=sqlite_lock.acquire, after_in_parent=sqlite_lock.release, after_in_child=sqlite_lock.release)
