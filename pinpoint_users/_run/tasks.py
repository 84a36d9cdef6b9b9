"""How a task waits for its run: an event loop is woken once for all that has come, and nothing in here keeps it waiting.

The threads of the client carry the run out, as they do for a caller in a thread. In the loop there are only the caller's turns,
short ones, between which other tasks have theirs; and, where users come from an async iterable, a task that reads it.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from pinpoint_users._clock import monotonic
from pinpoint_users._run.base_client import Draft
from pinpoint_users._run.ending import stopped, winding_up
from pinpoint_users._run.run import Run, with_end
from pinpoint_users._run.threads import ThreadDriver, Turns
from pinpoint_users.errors import PinpointUsersError
from pinpoint_users.report import RunStoppedError, SendReport

D = TypeVar("D", bound=Draft)
T = TypeVar("T")

_MAX_READ = 0.003
"""Seconds for which users are read at a time while other tasks wait."""

HANDED_OUT = 10
"""Results that a task is handed out before it is looked how long others have waited."""

_MAX_TURN = 0.002
"""Seconds after which a task lets others have their turn."""

_FEW = 1_000
"""Users whose report is put together in next to no time."""

_NO_LOOP = (
    "AsyncPinpointUsers needs a running event loop of asyncio, and there is none here: begin with `asyncio.run(main())`, or "
    "`anyio.run(main)`, whose default is asyncio; from trio, or without a loop, take PinpointUsers: "
    "`await trio.to_thread.run_sync(pinpoint.send, message, users)`"
)


def running_loop() -> asyncio.AbstractEventLoop:
    """The event loop of who calls.

    Raises:
        PinpointUsersError: There is none of asyncio.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError as error:
        raise PinpointUsersError(_NO_LOOP) from error


class HomeLoop:
    """The event loop of a client: the one in which it is first used."""

    def __init__(self) -> None:
        self._loops: list[asyncio.AbstractEventLoop] = []

    def check(self) -> None:
        """Says so where this is another loop, or none.

        Raises:
            PinpointUsersError: It is.
        """
        loop = running_loop()
        if not self._loops:
            self._loops.append(loop)
        if self._loops[0] is not loop:
            raise PinpointUsersError("this client belongs to another event loop, in which it was first used: make one in each")


class LoopNews:
    """Wakes a task of one event loop. To be made in that loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()
        self._has_come = False
        self._waiting = 0
        self._since = monotonic()
        self.is_in_vain: Callable[[], bool] = self._loop.is_closed
        """Whether nobody will wait any more."""

    def set(self) -> None:
        """Wakes who waits, once for all that happens until then. From any thread."""
        if not self._has_come:
            self._has_come = True  # before it is asked who waits, as that one looks whether it has come, after
            if self._waiting:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(self._event.set)

    def clear(self) -> None:
        """Forgets what has happened so far. In the loop."""
        self._has_come = False
        self._event.clear()

    async def come(self) -> None:
        """Waits until something has happened."""
        self._waiting += 1
        try:
            if not self._has_come:
                await self._event.wait()
                self._since = monotonic()
        finally:
            self._waiting -= 1
        await self.pause()

    async def pause(self) -> None:
        """Lets other tasks have their turn, if this one's has been long."""
        if monotonic() - self._since >= _MAX_TURN:
            await asyncio.sleep(0)
            self._since = monotonic()


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
        self._rest: Iterator[Any] = iter(())

    def begin(self, run: Run[LoopNews]) -> None:
        """Lets users be read for a run."""
        self._task = asyncio.get_running_loop().create_task(self._read(run), name="pinpoint-users")
        self._task.add_done_callback(lambda _: run.news.set())

    def __next__(self) -> Any:
        if self._raised is not None:
            raised, self._raised = self._raised, None
            self._rest = with_end(())  # a generator that has raised ends when it is asked again
            raise raised
        self._wanted.set()
        return next(self._rest)

    def cancel(self) -> bool:
        """Reads no more: what the caller's iterable waits for is cancelled. In the loop.

        Returns:
            Whether it has come to rest.
        """
        if not self._is_cancelled:  # another one would strike what the iterable does in the end
            self._is_cancelled = True
            self._task.cancel()
        return self._task.done()

    def drop(self) -> None:
        """The same, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop is closed, and has cancelled it
            self._task.get_loop().call_soon_threadsafe(self.cancel)

    async def _read(self, run: Run[LoopNews]) -> None:
        try:
            await self._wanted.wait()
            until = monotonic() + _MAX_READ
            users = self._users.__aiter__()
            async for entry in users:
                run.take_in(entry)
                if not run.has_room() or self._is_cancelled:
                    await self._more_wanted(run, users)
                elif monotonic() < until:
                    continue
                else:
                    await asyncio.sleep(0)
                until = monotonic() + _MAX_READ
            run.end_of_users()
            self._driver.note_read(run)
        except BaseException as error:  # noqa: BLE001 - it is raised where the caller is, unless `cancel` asked for it
            if not self._is_cancelled:
                self._raised = error

    async def _more_wanted(self, run: Run[LoopNews], users: AsyncIterator[Any]) -> None:
        """Waits until further users are wanted, or ends an iterable that has gone on after its cancel."""
        if self._is_cancelled:
            if isinstance(users, AsyncGenerator):
                await users.aclose()
            raise asyncio.CancelledError
        self._wanted.clear()
        self._driver.note_read(run)
        await self._wanted.wait()


def in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """What a thread of its own comes to, whoever waits for it, and however long.

    The loop's own executor may be full of the application's calls, and is gone as soon as the main thread is.
    """
    loop = running_loop()
    done: asyncio.Future[T] = loop.create_future()
    context = contextvars.copy_context()

    def carry_out() -> None:
        tell: Callable[[], object]
        try:
            tell = partial(done.set_result, context.run(work))
        except BaseException as error:  # noqa: BLE001 - it is raised where the caller is
            tell = partial(done.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell)

    threading.Thread(target=carry_out, name="pinpoint-users", daemon=True).start()
    return done


async def drafted(make: Callable[[], D], *, is_quick: bool) -> D:
    """A run put together by a thread, unless it is certain that it doesn't take long.

    Args:
        make: Puts it together.
        is_quick: Whether it reads neither files nor many users, and asks nobody.
    """
    if is_quick:
        return make()
    work = in_thread(make)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError as error:
        is_free = asyncio.Event()
        work.add_done_callback(partial(_discard, is_free))
        with contextlib.suppress(asyncio.CancelledError):
            await outlast(error, is_free.wait)  # whoever comes next finds the journal free
        raise


def _discard(is_free: asyncio.Event, work: asyncio.Future[D]) -> None:
    """Nobody will have the run, so its journal is let go of, by a thread."""
    if work.exception() is None:
        in_thread(work.result().discard).add_done_callback(lambda _: is_free.set())
    else:
        is_free.set()


def run_of(draft: Draft, driver: ThreadDriver, users: object) -> tuple[Run[LoopNews], Inflow | None]:
    """A run whose caller is the task that is running, and what reads its users, if that takes a task of its own.

    Args:
        draft: What makes the run.
        driver: Carries it out.
        users: The users, who are read here if they are async, and else by the run itself.
    """
    if not isinstance(users, AsyncIterable):
        return draft.run(LoopNews(), max_read=_MAX_READ), None
    inflow = Inflow(driver, users)
    run = draft.run(LoopNews(), entries=inflow, may_wait=False, on_end=inflow.cancel)
    inflow.begin(run)
    return run, inflow


async def take_turns(turns: Turns, news: LoopNews) -> None:
    """Takes a caller's turns, and lets other tasks have theirs between them."""
    with contextlib.closing(turns):  # a traceback would keep them open
        for has_read in turns:
            await _turn(news, has_read=has_read)


async def _turn(news: LoopNews, *, has_read: bool) -> None:
    await (news.pause() if has_read else news.come())


def is_the_same(another: BaseException, error: BaseException | None) -> bool:
    """Whether a cancel is the one that struck before: anyio delivers it at each turn of the loop, in the same words."""
    return isinstance(error, asyncio.CancelledError) and bool(another.args) and another.args == error.args


async def outlast(error: BaseException | None, end: Callable[[], Awaitable[object]]) -> None:
    """Waits for an end, however often the cancel that struck the task before strikes again.

    Args:
        error: What struck the task, if anything has.
        end: Waits for it, and may be called again.
    """
    has_ended = False
    while not has_ended:
        has_ended = await _has_ended(error, end)


async def _has_ended(error: BaseException | None, end: Callable[[], Awaitable[object]]) -> bool:
    try:
        await end()
    except asyncio.CancelledError as another:
        if not is_the_same(another, error):
            raise
        return False
    return True


async def reported(run: Run[LoopNews]) -> SendReport:
    """The report of a run that is done, put together by a thread where it is long."""
    if len(run.core.seen.results) <= _FEW:
        return run.core.report()
    return await asyncio.shield(in_thread(run.core.report))


async def wound_up(driver: ThreadDriver, run: Run[LoopNews], error: BaseException) -> RunStoppedError:
    """The report of a run whose caller's task was cancelled, be it again and again: the second time all is given up.

    Args:
        driver: Carries out the run.
        run: The run.
        error: What struck the task. The same cancel counts once.
    """
    turns = winding_up(driver, run, at_once=False)
    try:
        while True:
            try:
                for has_read in turns:
                    await _turn(run.news, has_read=has_read)
                break
            except asyncio.CancelledError as another:
                if not is_the_same(another, error):
                    turns.close()
                    turns = winding_up(driver, run, at_once=True)
            except (GeneratorExit, Exception):
                raise
            except BaseException:  # noqa: BLE001 - of the users' iterable, such as SystemExit: what struck first is raised
                turns.close()
                turns = winding_up(driver, run, at_once=True)
    finally:
        turns.close()
    report = asyncio.ensure_future(reported(run))
    while not report.done():
        with contextlib.suppress(asyncio.CancelledError):  # which makes it no quicker
            await asyncio.wait([report])
    return stopped(run)(report.result())
