"""The results of a run as they come."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from typing_extensions import Self

from pinpoint_users._misuse import NoAsyncIterator
from pinpoint_users._run.cursor import Cursor, warn_of_unused
from pinpoint_users._run.ending import wait_through
from pinpoint_users.user_result import UserResult

__all__ = ["ResultStream"]


class ResultStream(NoAsyncIterator, Iterator[UserResult]):
    """The results of a run as they come, each user once; made by `PinpointUsers.stream`.

    Iterating sends. After `close()`, which leaving a `with` block calls, no further request goes out, and iterating on gives
    the results that are left. It may be closed and iterated on after Ctrl-C too. It belongs to one thread at a time. One
    that is dropped without either gives a `ResourceWarning`.
    """

    def __init__(self, cursor: Cursor, *, keeps: object) -> None:
        self._keeps = keeps
        self._cursor = cursor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The service's IDs of the requests that it has answered so far."""
        return tuple(self._cursor.run.core.request_ids)

    @property
    def duplicates(self) -> tuple[str, ...]:
        """User IDs that came again so far and were not sent to again: with `unique=True` or a journal, otherwise none."""
        return tuple(self._cursor.run.core.seen.duplicates)

    def stop(self) -> None:
        """Sends nothing more, and doesn't wait: iterating on gives the results of what is under way, and those that are left.

        May be called from a signal handler and from any thread.
        """
        self._cursor.stop()

    def close(self) -> None:
        """Sends nothing more and waits for the requests that are under way; iterating on gives what is left.

        Raises:
            RuntimeError: The stream is being read elsewhere; it ends there when what is under way has come back.
        """
        wait_through(self._cursor.closing(threading.get_ident()), self._cursor.run.news)

    def __del__(self) -> None:
        cursor = getattr(self, "_cursor", None)  # Ctrl-C may strike before it is there
        if cursor is not None:
            cursor.drop()
            if not cursor.has_begun:
                warn_of_unused(self, "for")

    def __next__(self) -> UserResult:
        """The next user's result.

        Raises:
            RunStoppedError: The run can't go on, or the client was closed; `.report` has every user that wasn't handed out.
        """
        cursor = self._cursor
        result = cursor.advance()
        if result is None:
            wait_through(cursor.turns(threading.get_ident()), cursor.run.news)
            result = cursor.current()
            if result is None:
                raise StopIteration
        cursor.handed_out = result
        return result
