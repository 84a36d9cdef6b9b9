"""The threads of a client, which find their own work: one of those without any watches the time, the others rest.

`concurrent.futures` would keep a place, and the interpreter's end, waiting for a thread that a server keeps hanging. Here a
thread that hangs can be written off, and no thread outlives the program.

Ctrl-C may strike the caller's thread anywhere in here. So that thread takes locks by `with lock` alone, which an interrupt
can't part; those inside `threading.Condition`, `Event` and `Thread.start` it could leave locked for good.
"""

from __future__ import annotations

import _thread
import contextlib
import queue
import sys
import threading
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from pinpoint_users._clock import monotonic
from pinpoint_users.errors import PinpointUsersError

T = TypeVar("T")

Work: TypeAlias = Callable[[], None]
Found: TypeAlias = tuple[Work | None, float]
"""What is to be done now, if anything, and the seconds until it is worth looking again."""

MAX_REST = 3600.0
"""The longest rest in seconds: some systems take no longer one."""

MAX_TURN = 0.5
"""Seconds that a thread waits for its turn to compute, which takes others some milliseconds each."""


def refuse_at_exit() -> None:
    """Raises where nothing but this thread will ever run, so that it would wait in vain.

    Raises:
        PinpointUsersError: The interpreter is ending.
    """
    if sys.is_finalizing():
        raise PinpointUsersError("the interpreter is ending, and runs no other thread: send before that")


class InterruptSafeEvent:
    """A `threading.Event` that Ctrl-C can't break, and that the one who waits clears.

    It is a lock, free when something has happened. A `queue.SimpleQueue` isn't fit for it: up to Python 3.12 its `get` may wait
    without end where its timeout is over as soon as it begins, as on a busy machine.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Wakes who waits, or keeps them from falling asleep."""
        if self._lock.locked():
            with contextlib.suppress(RuntimeError):  # another thread was first
                self._lock.release()

    def clear(self) -> None:
        """Forgets what has happened so far. Where one waits."""
        self._lock.acquire(blocking=False)

    def is_in_vain(self) -> bool:
        """Never: a thread waits until it is woken."""
        return False

    def wait(self, seconds: float | None = None) -> None:
        """Waits until something has happened, by default for as long as it takes."""
        self._lock.acquire(timeout=-1 if seconds is None else seconds)


class OneAtATime:
    """Lets threads that compute take turns.

    All at once would only wait for the interpreter's lock, and each other thread of the program behind them. Nothing depends
    on it, so nobody waits for long: whoever is at it may hang, or wait for a thread that waits here, as where a caller's own
    code is called that sends something itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def carry_out(self, work: Callable[[], T]) -> T:
        """Waits for a turn, for as long as one is worth waiting for, and carries out what is to be computed."""
        is_ours = self._lock.acquire(timeout=MAX_TURN)
        try:
            return work()
        finally:
            if is_ours:
                self._lock.release()


class WorkerPool:
    """Threads that look for work, do it, and look again; they start as they are needed.

    Args:
        find: Gives what is to be done, or None if there will be no more. Called from any thread.
        size: How many threads may work at a time; one more watches.
        failed: Told what `find` or work has raised, after which the thread goes on.
        has_more: Whether there may be something to be found where `find` gave None just before.
    """

    def __init__(
        self,
        find: Callable[[], Found | None],
        size: int,
        failed: Callable[[BaseException], None],
        has_more: Callable[[], bool] = lambda: False,
    ) -> None:
        self._find = find
        self._failed = failed
        self._comes_more = has_more
        self._size = size + 1
        self._lock = threading.Lock()
        self._local = threading.local()
        self._threads = 0
        self._resting = 0
        self._is_watched = False
        self._watches_until = 0.0
        self._news = InterruptSafeEvent()
        self._relief: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._ended: queue.SimpleQueue[None] = queue.SimpleQueue()

    def wake(self) -> None:
        """Lets a thread look for work now, sooner one that rests than the one that watches. From any thread."""
        if not self._resting:
            self._news.set()
        elif self._relief.empty():
            self._relief.put(None)

    def open(self) -> None:
        """Starts the first thread, if there is none.

        Raises:
            PinpointUsersError: As of `refuse_at_exit`.
        """
        refuse_at_exit()
        if not self._threads:
            self._start()

    def write_off(self, count: int) -> None:
        """Lets others start in the place of so many threads that hang; fewer again when one of these comes back."""
        with self._lock:
            self._size += count

    def join(self, hanging: Callable[[], int]) -> None:
        """Waits until all threads have ended but for those that hang, which is when `find` has said that there is no more.

        Args:
            hanging: How many hang.
        """
        self._news.set()
        if getattr(self._local, "is_worker", False):
            return  # closed from within, such as by a handler of logs: this thread can't wait for itself
        if sys.is_finalizing():
            return  # as in a finalizer: no other thread runs again
        while self._threads > hanging():
            with contextlib.suppress(queue.Empty):
                self._ended.get(timeout=MAX_REST)
        self._ended.put(None)  # for whoever else waits

    def reopen(self, hanging: int) -> None:
        """Sees that there is a thread for what has just come, where all may have ended. Ctrl-C may strike: then once more.

        Args:
            hanging: How many threads hang.
        """
        if self._threads > hanging:
            return  # who is about to end looks once more after that
        try:
            _thread.start_new_thread(self._work, ())  # in one step, unlike `Thread.start`
        except RuntimeError:  # the system refuses another thread
            self._help()

    def _help(self) -> None:
        """Does in this thread what there is to do."""
        try:
            while (found := self._find()) is not None and found[0] is not None:
                found[0]()
        except Exception as error:  # noqa: BLE001 - nobody may wait in vain
            self._failed(error)

    def _start(self) -> None:
        try:
            threading.Thread(target=self._work, name="pinpoint-users", daemon=True).start()
        except RuntimeError:  # the system refuses another thread
            if not self._threads:
                raise

    def _work(self) -> None:
        self._local.is_worker = True
        with self._lock:
            if self._threads >= self._size:
                return
            self._threads += 1
        counts = True
        try:
            while counts:
                try:
                    counts = not self._is_surplus() if self._turn() else self._has_more()
                except BaseException as error:  # noqa: BLE001, PERF203 - nobody may wait in vain for a thread that has ended
                    self._failed(error)
        finally:
            with self._lock:
                self._threads -= counts
            self._ended.put(None)

    def _turn(self) -> bool:
        """Finds work and does it, or rests; nothing of it is kept while the next is looked for. False if no more will come."""
        found = self._find()
        if found is None:
            self._news.set()
            self._relief.put(None)
            return False
        work, seconds = found
        if work is not None:
            self._relieve(seconds)
            work()
        else:
            self._rest(seconds)
        return True

    def _has_more(self) -> bool:
        """Counts this thread out, and in again if something has come meanwhile: who brought it saw that there is a thread."""
        with self._lock:
            self._threads -= 1
        has_more = self._comes_more()
        with self._lock:
            self._threads += has_more
        return has_more

    def _is_surplus(self) -> bool:
        """Whether this thread is one too many, and so ends: it counts no more, and another finds what it has made room for."""
        with self._lock:
            is_surplus = self._threads > self._size
            self._threads -= is_surplus
        if is_surplus:
            self.wake()
        return is_surplus

    def _relieve(self, seconds: float) -> None:
        """Sees that somebody watches while this thread works, and looks again in time."""
        if self._is_watched:
            if monotonic() + seconds < self._watches_until:
                self._news.set()
        elif self._resting:
            self._relief.put(None)
        elif self._threads < self._size:
            self._start()

    def _rest(self, seconds: float) -> None:
        """Watches, if nobody does, or rests until somebody is needed; the one who watches is to know the shortest wait."""
        until = monotonic() + seconds
        with self._lock:
            is_watch = not self._is_watched
            if is_watch:
                self._is_watched = True
                self._watches_until = until
            else:
                self._resting += 1
                if until < self._watches_until:
                    self._news.set()
        if is_watch:
            self._news.wait(min(seconds, MAX_REST))
        else:
            self._relief.get()
        with self._lock:
            if is_watch:
                self._is_watched = False
            else:
                self._resting -= 1
