"""What a client, a report or a stream can't do, and newcomers try: each says what is to be written instead.

A type checker reports these uses because it doesn't see the methods, which only raise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn

_IN_A_THREAD = "PinpointUsers isn't async; within asyncio, write `await asyncio.to_thread(pinpoint.send, message, users)`"


def _refusal(problem: str) -> Callable[..., NoReturn]:
    """A method that raises."""

    def refuse(*_args: object) -> NoReturn:
        raise TypeError(problem)

    return refuse


class NoAsyncContext:
    """A client, which `async with` doesn't take."""

    __slots__ = ()

    if not TYPE_CHECKING:
        __aenter__ = __aexit__ = _refusal(f"write `with`, not `async with`: {_IN_A_THREAD}")


class NoAsyncIterator:
    """A stream, which isn't awaited."""

    __slots__ = ()

    if not TYPE_CHECKING:
        __await__ = _refusal(f"a stream isn't awaited, and sends only when it is iterated, by a plain `for`: {_IN_A_THREAD}")
        __aiter__ = _refusal(f"write `for`, not `async for`; nothing was sent: {_IN_A_THREAD}")


class NoCollection:
    """A report, which isn't a collection of users but has one, and isn't awaited."""

    __slots__ = ()

    if not TYPE_CHECKING:
        __await__ = _refusal(f"the message has been sent, and a report isn't awaited: {_IN_A_THREAD}")
        __getitem__ = _refusal('a SendReport has no keys itself: write report.users["user-id"]')
        __iter__ = _refusal("a SendReport isn't iterable itself: write `for user in report.users.values()`")
        __contains__ = _refusal('a SendReport contains nothing itself: write "user-id" in report.users')
        __len__ = _refusal("a SendReport has no length itself: write len(report.users)")

        def __bool__(self) -> bool:
            return True
