"""The client for asyncio as the rows take one: what they call is done by tasks of an event loop, in the thread that calls.

Ctrl-C cancels the task, as `asyncio.run` does from Python 3.11 on, and becomes KeyboardInterrupt when it has ended; where it is
struck by an alarm, that waits until there is a task. Users are handed in as an async iterable, unless they are a list.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from types import FrameType
from typing import Any, TypeVar

from typing_extensions import Self

from pinpoint_users import AsyncPinpointUsers, AsyncResultStream, RunInterrupted, RunStoppedError, SendReport, UserResult

T = TypeVar("T")
_STRIKING = (signal.SIGINT, signal.SIGALRM)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


def hold_alarms(*, held: bool) -> None:
    """Lets an alarm wait, in the main thread."""
    if _is_main():
        signal.pthread_sigmask(signal.SIG_BLOCK if held else signal.SIG_UNBLOCK, {signal.SIGALRM})


async def _one_by_one(users: Iterable[Any]) -> AsyncIterator[Any]:
    for number, user in enumerate(users):
        yield user  # at once: whom the caller's own loop holds back, nobody has read
        if number % 10 == 0:
            await asyncio.sleep(0)


class _Loop:
    """An event loop that runs while somebody calls."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Does something in a task. Ctrl-C cancels it.

        Raises:
            RunInterrupted: It struck during a run.
            KeyboardInterrupt: It struck otherwise.
        """
        tasks: list[asyncio.Task[T]] = []
        struck: list[BaseException] = []

        def strike_by(handler: Any) -> Callable[..., None]:
            def strike(number: int, frame: FrameType | None) -> None:
                try:
                    handler(number, frame)
                except KeyboardInterrupt as error:
                    struck.append(error)
                    if tasks and not tasks[0].done():
                        self._loop.call_soon_threadsafe(tasks[0].cancel)

            strike.inner = handler  # type: ignore[attr-defined]  # so that one is never put around another
            return strike

        handlers = {number: signal.getsignal(number) for number in _STRIKING} if _is_main() else {}
        handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
        try:
            for number, handler in handlers.items():
                signal.signal(number, strike_by(getattr(handler, "inner", handler)))
            tasks.append(self._loop.create_task(work))
            hold_alarms(held=False)
            return self._loop.run_until_complete(tasks[0])
        except asyncio.CancelledError as error:
            if not struck:
                raise
            raise _interrupted(error) from error
        except KeyboardInterrupt as error:  # of the users' iterable, or as there was no task yet
            work.close()
            raise _interrupted(error) from error
        finally:
            hold_alarms(held=True)
            if signal.SIGINT in handlers:
                # An alarm's handler stays: another thread may take the alarm, and then it strikes in here, between two calls.
                signal.signal(signal.SIGINT, handlers[signal.SIGINT])

    def __del__(self) -> None:
        if not self._loop.is_closed():  # whoever closed the client was another thread
            self._loop.close()

    def close(self) -> None:
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()


def _interrupted(error: BaseException) -> KeyboardInterrupt:
    stopped = RunStoppedError.behind(error)
    return KeyboardInterrupt() if stopped is None else RunInterrupted(stopped.report)


class FromThread:
    """`AsyncPinpointUsers` with the doors of `PinpointUsers`."""

    def __init__(self, *args: Any, **how: Any) -> None:
        self._pinpoint = AsyncPinpointUsers(*args, **how)
        self._loop = _Loop()
        self._owner = threading.get_ident()
        hold_alarms(held=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """From the thread that calls, or from any other."""
        if threading.get_ident() == self._owner:
            self._loop.run(self._pinpoint.aclose())
            self._loop.close()
            hold_alarms(held=False)
        else:
            asyncio.run(self._pinpoint.aclose())

    def send(self, message: Any, users: Any, **how: Any) -> SendReport:
        return self._loop.run(self._pinpoint.send(message, self._handed(users), **how))

    def stream(self, message: Any, users: Any, **how: Any) -> _Stream:
        return _Stream(self._loop, self._pinpoint.stream(message, self._handed(users), **how))

    @staticmethod
    def _handed(users: Any) -> Any:
        return users if isinstance(users, list) else _one_by_one(users)


class _Stream(Iterator[UserResult]):
    def __init__(self, loop: _Loop, stream: AsyncResultStream) -> None:
        self._loop = loop
        self._stream = stream

    def __next__(self) -> UserResult:
        result = self._loop.run(anext(self._stream, None))
        if result is None:
            raise StopIteration
        return result

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def close(self) -> None:
        self._loop.run(self._stream.aclose())
