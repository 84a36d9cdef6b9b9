"""The results of a run as they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from typing_extensions import Self

from pinpoint_users._run.threads import Run
from pinpoint_users.errors import StoppedError
from pinpoint_users.report import SendReport, UserResult

__all__ = ["ResultStream"]


class ResultStream(Iterator[UserResult]):
    """The results of a run as they come, each user once; made by `PinpointUsers.stream`.

    Iterating sends. After `close()`, which leaving a `with` block calls, no further request goes out, and iterating on gives
    the results of the requests that were under way. It may be closed and iterated on after Ctrl-C too.
    """

    def __init__(self, run: Run, duplicates: Sequence[str]) -> None:
        self._run = run
        self._duplicates = duplicates
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The service's IDs of the requests that it has answered so far."""
        return tuple(self._run.request_ids)

    @property
    def duplicates(self) -> tuple[str, ...]:
        """User IDs that came again so far and were not sent to again: with `unique=True` or a journal, otherwise none."""
        return tuple(self._duplicates)

    def close(self) -> None:
        """Sends nothing more and waits for the requests that are under way; iterating on gives what is left."""
        if not self._run.is_closed:
            self._run.stop(StoppedError("the run was closed before this user's turn; nothing was sent"))
            self._run.finish()
            self._run.close()

    def __next__(self) -> UserResult:
        """The next user's result.

        Raises:
            PinpointUsersError: The run can't go on: credentials, permissions, the application, or the users handed in.
                `.report` has every user that was read and not handed out.
        """
        results = self._run.ledger.results
        if results and self._run.stopped_by is None:
            return results.popleft()
        while not results and self._run.step():
            pass
        self._raise_if_stopped()
        if not results:
            self._run.close()
            raise StopIteration
        return results.popleft()

    def _raise_if_stopped(self) -> None:
        reason = self._run.stopped_by
        if reason is None or isinstance(reason, StoppedError) or self._is_over:
            return
        self._run.finish()
        self._run.close()
        self._is_over = True
        results = self._run.ledger.results
        reason.report = SendReport(
            users={result.user_id: result for result in results},
            request_ids=self._run.request_ids,
            duplicates=self._duplicates,
        )
        results.clear()
        raise reason
