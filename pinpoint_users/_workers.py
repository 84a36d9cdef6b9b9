"""The threads that carry requests.

`concurrent.futures` would keep a place, and the interpreter's end, waiting for a thread that a server keeps hanging. Here a
thread whose request was given up loses its place to another, and no thread outlives the program.

Ctrl-C may strike the caller's thread anywhere in here. So, during a run, that thread takes locks by `with lock` alone, which an
interrupt can't part; those inside `threading.Condition`, `Event` and `Thread.start` it could leave locked for good.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeAlias

Work: TypeAlias = Callable[[], bool]
"""What a thread does. It returns False if it was written off meanwhile: then its thread ends."""


class News:
    """Tells the caller's thread that something has happened, as a `threading.Event` does."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Wakes the caller's thread, or keeps it from falling asleep."""
        self._queue.put(None)

    def clear(self) -> None:
        """Forgets what has happened so far. In the caller's thread."""
        while not self._queue.empty():
            self._queue.get()

    def wait(self, seconds: float | None = None) -> None:
        """Waits until something has happened, by default for as long as it takes. In the caller's thread."""
        with contextlib.suppress(Empty):
            self._queue.get(timeout=seconds)


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
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)

    def open(self) -> None:
        """Makes ready for what will be handed in, before a run: the first thread starts, which starts the others."""
        with self._lock:
            if not self._working:
                self._start()

    def submit(self, work: Work) -> None:
        """Lets a thread do this as soon as one is free."""
        with self._lock:
            self._waiting.append(work)
            self._changed.notify()

    def write_off(self) -> None:
        """Gives the place of one that hangs to another; that one's work must return False. Not in the caller's thread."""
        with self._lock:
            self._working -= 1
            self._start()

    def close(self) -> None:
        """Lets what was handed in be done, and ends the threads; those that were written off aren't waited for."""
        with self._lock:
            self._is_closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._working and not self._waiting)

    def _start(self) -> None:
        threading.Thread(target=self._work, name="pinpoint-users", daemon=True).start()

    def _work(self) -> None:
        with self._lock:
            if self._working >= self._count:
                return
            self._working += 1
        while (work := self._next()) is not None:
            if not work():
                return

    def _next(self) -> Work | None:
        with self._lock:
            while not self._waiting:
                if self._is_closed:
                    self._working -= 1
                    self._changed.notify_all()
                    return None
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            work = self._waiting.popleft()
            if not self._idle and self._working < self._count:
                self._start()  # for what will be handed in while this one works
            return work
