"""The threads that carry requests.

`concurrent.futures` would keep a place, and the interpreter's end, waiting for a thread that a server keeps hanging. Here a
thread whose request was given up loses its place to another, and no thread outlives the program.

Ctrl-C may strike the caller's thread anywhere in here. So, during a run, that thread takes locks by `with lock` alone, which an
interrupt can't part; those inside `threading.Condition`, `Event` and `Thread.start` it could leave locked for good.
"""

from __future__ import annotations

import contextlib
import threading
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
        self._waiting: SimpleQueue[Work | None] = SimpleQueue()
        """What is to be done; None ends a thread."""
        self._lock = threading.Lock()
        self._ended = News()

    def open(self) -> None:
        """Makes ready for what will be handed in, before a run: the first thread starts, which starts the others."""
        with self._lock:
            if not self._working:
                self._start()

    def submit(self, work: Work) -> None:
        """Lets a thread do this as soon as one is free."""
        self._waiting.put(work)

    def write_off(self) -> None:
        """Gives the place of one that hangs to another; that one's work must return False. Not in the caller's thread."""
        with self._lock:
            self._working -= 1
            self._start()

    def close(self) -> None:
        """Lets what was handed in be done, and ends the threads; those that were written off aren't waited for."""
        with self._lock:
            self._is_closed = True
            for _ in range(self._working):
                self._waiting.put(None)
        while self._working:
            self._ended.wait()
        self._ended.set()  # for whoever else is closing at the same time

    def _start(self) -> None:
        threading.Thread(target=self._work, name="pinpoint-users", daemon=True).start()

    def _work(self) -> None:
        with self._lock:
            if self._working >= self._count:
                return
            self._working += 1
            if self._is_closed:
                self._waiting.put(None)
        while (work := self._next()) is not None:
            if not work():
                return
        with self._lock:
            self._working -= 1
        self._ended.set()

    def _next(self) -> Work | None:
        with self._lock:
            self._idle += 1
        work = self._waiting.get()
        with self._lock:
            self._idle -= 1
            if work is not None and not self._idle and self._working < self._count:
                self._start()  # for what will be handed in while this one works
        return work
