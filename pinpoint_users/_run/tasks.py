"""How a task waits for its run: an event loop is woken once for all that has come, and nothing in here keeps it waiting.

The threads of the client carry the run out, as they do for a caller in a thread. In the loop there are only the caller's turns,
short ones, between which other tasks have theirs; and, where users come from an async iterable, a task that reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, Callable, Iterator
from typing import Any, TypeVar

from pinpoint_users._run.base_client import Draft
from pinpoint_users._run.ending import stopped, winding_up
from pinpoint_users._run.run import Run
from pinpoint_users._run.threads import ThreadDriver, Turns
from pinpoint_users.errors import PinpointUsersError
from pinpoint_users.report import RunStoppedError

D = TypeVar("D", bound=Draft)

MAX_READ = 0.003
"""Seconds for which users are read at a time while other tasks wait."""

HANDED_OUT = 50
"""Results that a task is handed out at a time while others wait."""


class HomeLoop:
    """The event loop of a client: the one in which it is first used."""

    def __init__(self) -> None:
        self._loops: list[asyncio.AbstractEventLoop] = []

    def check(self) -> None:
        """Says so where this is another loop.

        Raises:
            PinpointUsersError: It is.
        """
        loop = asyncio.get_running_loop()
        if not self._loops:
            self._loops.append(loop)
        if self._loops[0] is not loop:
            raise PinpointUsersError("this client belongs to another event loop, in which it was first used: make one in each")


class LoopNews:
    """Wakes a task of one event loop. To be made in that loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._is_set = False

    def set(self) -> None:
        """Wakes who waits, once for all that happens until then. From any thread."""
        if not self._is_set:
            self._is_set = True
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._event.set)

    def clear(self) -> None:
        """Forgets what has happened so far. In the loop."""
        self._is_set = False
        self._event.clear()

    async def come(self) -> None:
        """Waits until something has happened."""
        await self._event.wait()


class Inflow(Iterator[Any]):
    """Users from an async iterable: a task of its own reads them as the run has room, in the loop in which this is made.

    To the run it is an iterator that ends at once, or raises what reading has raised; that it is asked is the sign that users
    are wanted.

    Args:
        driver: Carries out the run.
        users: The users.
    """

    def __init__(self, driver: ThreadDriver, users: AsyncIterable[Any]) -> None:
        self._driver = driver
        self._users = users
        self._wanted = asyncio.Event()
        self._is_cancelled = False
        self._raised: BaseException | None = None

    def begin(self, run: Run[LoopNews]) -> None:
        """Lets users be read for a run."""
        self._task = asyncio.get_running_loop().create_task(self._read(run), name="pinpoint-users")

    def __next__(self) -> Any:
        if self._raised is not None:
            raise self._raised
        self._wanted.set()
        raise StopIteration

    def cancel(self) -> None:
        """Reads no more: what the caller's iterable waits for is cancelled. In the loop."""
        if not self._is_cancelled:  # another one would strike what the iterable does in the end
            self._is_cancelled = True
            self._task.cancel()

    def drop(self) -> None:
        """The same, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and has cancelled it
            self._task.get_loop().call_soon_threadsafe(self.cancel)

    async def ended(self) -> None:
        """Waits until the caller's iterable has come to rest."""
        await asyncio.wait([self._task])

    async def _read(self, run: Run[LoopNews]) -> None:
        try:
            await self._wanted.wait()
            until = time.monotonic() + MAX_READ
            async for entry in self._users:
                if not run.take_in(entry):
                    self._wanted.clear()
                    self._driver.note_read(run)
                    await self._wanted.wait()
                elif time.monotonic() < until:
                    continue
                else:
                    await asyncio.sleep(0)
                until = time.monotonic() + MAX_READ
            run.end_of_users()
            self._driver.note_read(run)
        except BaseException as error:  # noqa: BLE001 - it is raised where the caller is, unless `cancel` asked for it
            if not self._is_cancelled:
                self._raised = error
                run.news.set()


async def drafted(make: Callable[[], D], *, is_quick: bool) -> D:
    """A run put together by a thread, unless it is certain that it doesn't take long.

    Args:
        make: Puts it together.
        is_quick: Whether it reads neither files nor many users, and asks nobody.
    """
    if is_quick:
        return make()
    work = asyncio.ensure_future(asyncio.to_thread(make))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        work.add_done_callback(_discard)
        raise


def _discard(work: asyncio.Future[D]) -> None:
    """Nobody will have the run, so its journal is let go of."""
    if not work.cancelled() and work.exception() is None:
        work.result().discard()


async def take_turns(turns: Turns, news: LoopNews) -> None:
    """Takes a caller's turns, and lets other tasks have theirs between them."""
    with contextlib.closing(turns):  # a traceback would keep them open
        for has_read in turns:
            await (asyncio.sleep(0) if has_read else news.come())


async def wound_up(driver: ThreadDriver, run: Run[LoopNews], inflow: Inflow | None) -> RunStoppedError:
    """The report of a run whose caller's task was cancelled, be it again and again: the second time all is given up."""
    at_once = False
    while True:
        try:
            await take_turns(winding_up(driver, run, at_once=at_once), run.news)
            if inflow is not None and not at_once:
                await inflow.ended()
            return stopped(run)(run.core.report())
        except asyncio.CancelledError:  # noqa: PERF203 - each is one cancel
            at_once = True
