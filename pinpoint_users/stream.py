"""The results of a run as they come."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator

from typing_extensions import Self

from pinpoint_users._misuse import NoAsyncIterator
from pinpoint_users._run.run import Run
from pinpoint_users._run.threads import ThreadDriver
from pinpoint_users.errors import PinpointUsersError, StoppedError
from pinpoint_users.report import RunStoppedError, SendReport
from pinpoint_users.user_result import UserResult

__all__ = ["ResultStream"]


class ResultStream(NoAsyncIterator, Iterator[UserResult]):
    """The results of a run as they come, each user once; made by `PinpointUsers.stream`.

    Iterating sends. After `close()`, which leaving a `with` block calls, no further request goes out, and iterating on gives
    the results that are left. It may be closed and iterated on after Ctrl-C too. It belongs to one thread at a time. One
    that is dropped without either gives a `ResourceWarning`.
    """

    def __init__(self, driver: ThreadDriver, run: Run, *, keeps: object) -> None:
        self._keeps = keeps
        self._waiting: int | None = None
        self._closing = StoppedError("the stream was closed before this user's turn; nothing was sent")
        self._driver = driver
        self._run = run
        self._results = run.results
        self._handed_out: UserResult | None = None
        self._has_begun = False
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The service's IDs of the requests that it has answered so far."""
        return tuple(self._run.core.request_ids)

    @property
    def duplicates(self) -> tuple[str, ...]:
        """User IDs that came again so far and were not sent to again: with `unique=True` or a journal, otherwise none."""
        return tuple(self._run.core.duplicates)

    def close(self) -> None:
        """Sends nothing more and waits for the requests that are under way; iterating on gives what is left."""
        self._driver.stop(self._run, self._closing)
        self._begin()
        self._driver.finish(self._run)

    def __del__(self) -> None:
        # Nobody will ask for results: nothing more goes out, and the journal is free when what is out has come back.
        run = getattr(self, "_run", None)  # Ctrl-C may strike before it is there
        if run is not None:
            run.is_dropped = True
            self._driver.stop(run, self._closing)
            if not self._has_begun:
                warnings.warn(
                    "a stream was dropped that nobody iterated, so nothing was sent: write `for result in pinpoint.stream(…)`, "
                    "or pinpoint.send(…), or close it if nothing is to be sent",
                    ResourceWarning,
                    stacklevel=2,
                    source=self,
                )

    def __next__(self) -> UserResult:
        """The next user's result.

        Raises:
            RunStoppedError: The run can't go on, or the client was closed; `.report` has every user that wasn't handed out.
        """
        # A result is taken away when the next is asked for: Ctrl-C may strike before it has been handed out.
        results = self._results
        if self._handed_out is not None and results and results[0] is self._handed_out:
            results.popleft()
        if not results or self._run.core.stopped_by is not None:
            self._wait()
        self._handed_out = results[0]
        return self._handed_out

    def _wait(self) -> None:
        """Reads users and waits until there are results.

        Raises:
            StopIteration: There will be none.
            RuntimeError: Another thread waits for them.
        """
        thread = threading.get_ident()
        if self._waiting not in {None, thread}:
            raise RuntimeError("another thread waits for this stream's results: a stream belongs to one thread at a time")
        self._waiting = thread
        try:
            self._wait_alone()
        finally:
            self._waiting = None

    def _wait_alone(self) -> None:
        self._begin()
        run, driver = self._run, self._driver
        while driver.step(run):
            if self._results and run.core.stopped_by in {None, self._closing}:
                return
            try:
                if driver.read(run):
                    continue
            except KeyboardInterrupt:
                raise
            except BaseException as error:
                driver.finish(run)
                raise error from self._stopped(run.core.stopped_by or self._closing)
            run.news.wait()
        reason = run.core.cut_short_by
        if run.core.stopped_by is None and self._results:  # where but one way out couldn't go on, all users come out first
            return
        if reason is not None and reason is not self._closing and not self._is_over:
            raise self._stopped(reason) from reason
        if not self._results:
            raise StopIteration

    def _stopped(self, reason: PinpointUsersError) -> RunStoppedError:
        self._is_over = True
        results, core = list(self._results), self._run.core
        self._results.clear()
        users = {result.user_id: result for result in results}
        return RunStoppedError(SendReport(users=users, request_ids=core.request_ids, duplicates=core.duplicates), reason)

    def _begin(self) -> None:
        if not self._has_begun:
            self._driver.start(self._run)
            self._has_begun = True
