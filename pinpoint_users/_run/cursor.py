"""Where the caller of a stream stands in the results of its run."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from itertools import islice
from typing import Any

from pinpoint_users._run.threads import Run, ThreadDriver, Turns
from pinpoint_users.errors import StoppedError
from pinpoint_users.report import RunStoppedError, SendReport, UserResults
from pinpoint_users.user_result import Kept, UserResult, unpacked

BELONGS_TO_ONE = (
    "somebody else waits for this stream's results: a stream belongs to one thread at a time, or to one task; "
    "stop(), which doesn't wait, may be called from any"
)

_AT_A_TIME = 1_000
"""Results that are put into an error's report in one turn."""


class Cursor:
    """The results of a run as they come, each user once.

    Args:
        driver: Carries out the run.
        run: The run.
    """

    def __init__(self, driver: ThreadDriver, run: Run) -> None:
        self.run = run
        self._owners: dict[str, object] = {}
        self._closing = StoppedError("the stream was closed; what had not gone out was not sent")
        self._driver = driver
        self._results = run.results
        self.handed_out: UserResult | None = None
        """The result that was handed out last. To be set in the last step: Ctrl-C before it leaves it for the next time."""
        self._has_begun = False
        self._is_told = False
        self._is_taken = False

    def advance(self) -> UserResult | None:
        """The next result, if it has come; None if there are turns to take before.

        A result is taken away when the next is asked for, and so are those of an error: Ctrl-C may strike before.
        """
        results = self._results
        if self.handed_out is not None and results and results[0] is self.handed_out:
            results.popleft()
        if self._is_told and not self._is_taken:
            results.clear()
            self._is_taken = True
        if not results or self.run.core.stopped_by is not None:
            return None
        return self._first()

    def current(self) -> UserResult | None:
        """The next result, when all turns were taken; None if there will be none."""
        self.handed_out = None
        return self._first() if self._results else None

    def _first(self) -> UserResult:
        """The first result, unpacked no sooner: objects that wait make the rounds of the garbage collector longer."""
        first = self._results[0]
        if isinstance(first, tuple):
            first = self._results[0] = unpacked(*first)
        return first

    def turns(self, owner: object) -> Turns:
        """The turns of a caller who reads users and waits until there are results, or until there will be none.

        Args:
            owner: The thread or task that takes them.

        Raises:
            RunStoppedError: The run can't go on.
            RuntimeError: Another one takes them.
        """
        yield from self._taken_by(owner, self._turns())

    def _taken_by(self, owner: object, turns: Turns) -> Turns:
        if self._owners.setdefault("", owner) != owner:  # in one step: two threads may come at once
            raise RuntimeError(BELONGS_TO_ONE)
        self._owners = owners = {"": owner}  # its own: turns that Ctrl-C cut short may be collected while these are taken
        try:
            yield from turns
        finally:
            # No call: Ctrl-C after it would lose what is being raised.
            self._owners = {} if self._owners is owners else self._owners

    def _to_end(self) -> Turns:
        self._begin()
        yield from self._driver.turns(self.run)

    def _turns(self) -> Turns:
        self._begin()
        run, driver = self.run, self._driver
        while driver.step(run):
            if self._results and run.core.stopped_by in {None, self._closing}:
                return
            raised, has_read = None, False
            try:
                has_read = driver.read(run)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - it is raised when the run is done
                raised = error
            if raised is not None:
                yield from driver.turns(run)
                stopped = yield from self._stopped(run.core.stopped_by or self._closing)
                self._is_told = True
                raise raised from stopped
            yield has_read
        reason = run.core.cut_short_by
        if run.core.stopped_by is None and self._results:  # where but one way out couldn't go on, all users come out first
            return
        if reason is not None and reason is not self._closing and not self._is_told:
            stopped = yield from self._stopped(reason)
            self._is_told = True  # the last step: Ctrl-C before it leaves all for the next time
            raise stopped from reason

    def stop(self) -> None:
        """Lets nothing more go out."""
        self._driver.stop(self.run, self._closing)

    def closing(self, owner: object = None) -> Turns:
        """The turns of a caller who lets nothing more go out, and waits for what is under way.

        Args:
            owner: The thread that takes them; None of a task, beside which others of its loop may wait.

        Raises:
            RuntimeError: Another thread takes turns, and finds that nothing more goes out.
        """
        self.stop()
        yield from self._to_end() if owner is None else self._taken_by(owner, self._to_end())

    def drop(self) -> None:
        """Nobody will ask for results: nothing more goes out, and the journal is free when what is out has come back."""
        self.run.is_dropped = True
        self.stop()

    @property
    def has_begun(self) -> bool:
        """Whether anybody has asked for a result."""
        return self._has_begun

    def _stopped(self, reason: Any) -> Generator[bool, None, RunStoppedError]:
        core, results, users = self.run.core, iter(self._results), dict[str, Kept]()
        while some := [*islice(results, _AT_A_TIME)]:
            users.update(each if isinstance(each, tuple) else (each.user_id, each) for each in some)
            yield True
        report = SendReport(users=UserResults(users), request_ids=core.request_ids, duplicates=core.seen.duplicates)
        return RunStoppedError(report, reason)

    def _begin(self) -> None:
        if not self._has_begun:
            self._driver.start(self.run)
            self._has_begun = True


def warn_of_unused(stream: object, loop: str) -> None:
    """Warns of a stream that nobody iterated.

    Args:
        stream: The stream.
        loop: How one iterates it.
    """
    warnings.warn(
        f"a stream was dropped that nobody iterated, so nothing was sent: write `{loop} result in pinpoint.stream(…)`, "
        "or pinpoint.send(…), or close it if nothing is to be sent",
        ResourceWarning,
        stacklevel=3,
        source=stream,
    )
