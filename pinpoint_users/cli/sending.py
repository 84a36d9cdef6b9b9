"""The run itself: results are taken as they come, and Ctrl-C ends it in order, or at once if it comes again."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users.cli.exits import ExitCode
from pinpoint_users.cli.progress import Progress
from pinpoint_users.cli.report_file import ReportFile
from pinpoint_users.cli.tally import Tally
from pinpoint_users.errors import PinpointUsersError
from pinpoint_users.report import RunStoppedError
from pinpoint_users.stream import ResultStream


@attrs.frozen
class Ending:
    """How a run ended."""

    reason: PinpointUsersError | None
    """Why it ended early, unless by Ctrl-C."""
    is_interrupted: bool


class Interrupts:
    """Ctrl-C while a run goes on: the first one lets no further request out, the second one ends the process.

    Args:
        stop: Lets no further request out.
        note: Shows a line.
        farewell: Tells what there is to tell before the process ends at once.
    """

    def __init__(self, stop: Callable[[], None], note: Callable[[str], None], farewell: Callable[[], None]) -> None:
        self._stop = stop
        self._note = note
        self._farewell = farewell
        self._is_told = False
        self.count: int = 0

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._strike)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _strike(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1
        if self.count == 1:
            self._stop()
            return
        self._farewell()
        # The journal has who was in flight: it is right at any moment, whatever the threads are doing.
        os._exit(ExitCode.INTERRUPTED)

    def tell(self) -> None:
        """Says what goes on, once; not in the signal's handler, which may have struck within what shows lines."""
        if self.count and not self._is_told:
            self._is_told = True
            self._note("Interrupted: what is under way is finished; Ctrl-C again ends at once.")


def send_all(
    stream: ResultStream,
    users: Iterator[tuple[str, Any]],
    *,
    tally: Tally,
    progress: Progress,
    report: ReportFile | None,
    farewell: Callable[[], None],
) -> Ending:
    """Sends, to the end or until something stops it.

    Args:
        stream: The run.
        users: Its users; those whom it hasn't read when it ends are counted as not sent to.
        tally: Counts the results.
        progress: Shows how far it is.
        report: The report's file, if one is wanted.
        farewell: Tells what there is to tell when a second Ctrl-C ends the process.
    """
    reason = None
    with Interrupts(stream.stop, progress.note, farewell) as interrupts:
        add, update = tally.add, progress.update
        try:
            for result in stream:
                add(result)
                if report is not None:
                    report.add(result)
                update()
                if interrupts.count:
                    interrupts.tell()
        except RunStoppedError as error:
            reason = error.reason
            for result in error.report.users.values():
                add(result)
                if report is not None:
                    report.add(result)
        left = 0
        for user_id, _ in users:
            left += 1
            if report is not None:
                report.add_not_sent(user_id)
        tally.add_not_sent(left)
    return Ending(reason, interrupts.count > 0)
