"""The threads that carry requests.

`concurrent.futures` would keep a place, and the interpreter's end, waiting for a thread that a server keeps hanging. Here a
thread whose request was given up loses its place to another, and no thread outlives the program.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

Work: TypeAlias = Callable[[], bool]
"""What a thread does. It returns False if it was written off meanwhile: then its thread ends."""


class Workers:
    """Threads that do what is handed in, in that order and at most so many at a time; they start as they are needed.

    Args:
        count: How many work at a time.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._working = 0
        self._idle = 0
        self._is_closed = False
        self._waiting: deque[Work] = deque()
        self._changed = threading.Condition()

    def submit(self, work: Work) -> None:
        """Lets a thread do this as soon as one is free."""
        with self._changed:
            self._waiting.append(work)
            self._man()

    def write_off(self) -> None:
        """Gives the place of one that hangs to another; that one's work must return False."""
        with self._changed:
            self._working -= 1
            self._man()

    def close(self) -> None:
        """Lets what was handed in be done, and ends the threads; those that were written off aren't waited for."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._working)

    def _man(self) -> None:
        """Sees to it that somebody does what waits."""
        if len(self._waiting) > self._idle and self._working < self._count:
            self._working += 1
            threading.Thread(target=self._work, name="pinpoint-users", daemon=True).start()
        else:
            self._changed.notify()

    def _work(self) -> None:
        while (work := self._next()) is not None:
            if not work():
                return

    def _next(self) -> Work | None:
        with self._changed:
            while not self._waiting:
                if self._is_closed:
                    self._working -= 1
                    self._changed.notify_all()
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            return self._waiting.popleft()
