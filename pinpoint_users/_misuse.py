"""What a client, a report or a stream can't do, and newcomers try: each says what is to be written instead.

The methods are put in at run time, as a type checker reports such a use only where it doesn't see them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

C = TypeVar("C", bound=type)

_IN_A_THREAD = "PinpointUsers isn't async; within asyncio, take AsyncPinpointUsers: `await pinpoint.send(message, users)`"
_IN_A_TASK = "AsyncPinpointUsers belongs into asyncio; without it, take PinpointUsers"


def _refuses(**problems: str) -> Callable[[C], C]:
    """Gives a class special methods that raise a TypeError, each with its text."""

    def put_in(cls: C) -> C:
        for name, problem in problems.items():
            setattr(cls, name, _refusal(problem))
        return cls

    return put_in


def _refusal(problem: str) -> Callable[..., NoReturn]:
    def refuse(*_args: object) -> NoReturn:
        raise TypeError(problem)

    return refuse


@_refuses(
    __aenter__=f"write `with`, not `async with`: {_IN_A_THREAD}",
    __aexit__=f"write `with`, not `async with`: {_IN_A_THREAD}",
)
class NoAsyncContext:
    """A client, which `async with` doesn't take."""

    __slots__ = ()


@_refuses(
    __await__=f"a stream isn't awaited, and sends only when it is iterated, by a plain `for`: {_IN_A_THREAD}",
    __aiter__=f"write `for`, not `async for`; nothing was sent: {_IN_A_THREAD}",
)
class NoAsyncIterator:
    """A stream, which isn't awaited."""

    __slots__ = ()


@_refuses(
    __enter__=f"write `async with`, not `with`: {_IN_A_TASK}",
    __exit__=f"write `async with`, not `with`: {_IN_A_TASK}",
)
class NoSyncContext:
    """A client, which `with` doesn't take."""

    __slots__ = ()


@_refuses(
    __await__="a stream isn't awaited: write `async for result in pinpoint.stream(…)`, or `await pinpoint.send(…)`",
    __iter__=f"write `async for`, not `for`; nothing was sent: {_IN_A_TASK}",
)
class NoSyncIterator:
    """A stream, which isn't iterated by a plain `for`, nor awaited."""

    __slots__ = ()


@_refuses(
    __await__=f"the message has been sent, and a report isn't awaited: {_IN_A_THREAD}",
    __getitem__='a SendReport has no keys itself: write report.users["user-id"]',
    __iter__="a SendReport isn't iterable itself: write `for user in report.users.values()`",
    __contains__='a SendReport contains nothing itself: write "user-id" in report.users',
    __len__="a SendReport has no length itself: write len(report.users)",
)
class NoCollection:
    """A report, which isn't a collection of users but has one, and isn't awaited."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return True
