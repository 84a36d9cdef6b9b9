"""The run itself: a stream, whose results are counted and reported as they come, and who is left when it ends."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator

import attrs

from pinpoint_users._files.user_file import Pair
from pinpoint_users._run.earlier import result_of
from pinpoint_users.cli.connection import Connection
from pinpoint_users.cli.content import Content
from pinpoint_users.cli.earlier import with_records
from pinpoint_users.cli.exits import journal_error
from pinpoint_users.cli.interrupts import Guarded, Interrupts
from pinpoint_users.cli.progress import Progress
from pinpoint_users.cli.report_file import ReportFile
from pinpoint_users.cli.tally import Tally, as_asked_for
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import JournalError, MessageWarning, PinpointUsersError
from pinpoint_users.journal import Journal
from pinpoint_users.report import RunStoppedError
from pinpoint_users.stream import ResultStream
from pinpoint_users.user_result import UserResult


@attrs.frozen
class Ending:
    """How a run ended."""

    reason: PinpointUsersError | None
    """Why it ended early, unless by Ctrl-C."""
    is_interrupted: bool
    """Whether Ctrl-C came before it was known of everybody what became of the message."""


def tell_of_ways(content: Content, connection: Connection) -> None:
    """Warns of what a way out can't carry, and refuses what can't go by it, as a run would.

    Raises:
        ValidationError: The message can't go this way.
    """
    with _stream(content, iter(()), connection, None):
        pass


def stream_of(content: Content, users: Iterator[Pair], connection: Connection, journal: str | None) -> ResultStream:
    """A run that has not begun.

    Raises:
        CommandError: The journal can't be used.
        ValidationError: The message is wrong.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MessageWarning)  # told before the question
            return _stream(content, users, connection, journal)
    except JournalError as error:
        raise journal_error(error) from error


def _stream(content: Content, users: Iterator[Pair], connection: Connection, journal: str | None) -> ResultStream:
    with warnings.catch_warnings():
        # The check has told these.
        warnings.filterwarnings("ignore", message=".*: it goes out as it is written$", category=MessageWarning)
        return connection.client.stream(
            content.message,
            users,
            template_configuration=content.file.template_configuration,
            context=content.file.context,
            trace_id=content.file.trace_id,
            journal=None if journal is None else Journal(journal),
            channels=content.chosen,
            first_of=content.first_of,
            unique=journal is None,
        )


def send_all(
    stream: ResultStream,
    users: Iterator[Pair],
    *,
    total: int,
    earlier: str | None,
    takes_one: bool,
    tally: Tally,
    progress: Progress,
    report: ReportFile | None,
    interrupts: Interrupts,
    farewell: Callable[[], None],
) -> Ending:
    """Sends, to the end or until something stops it.

    Args:
        stream: The run.
        users: Its users, of whom those are left that it hasn't read when it ends.
        total: How many users there are.
        earlier: The journal, if an earlier run has written it: it knows of those who are left.
        takes_one: Whether each user is to get the message by one channel of several.
        tally: Counts the results.
        progress: Shows how far it is.
        report: The report's file, if one is wanted.
        interrupts: Takes Ctrl-C.
        farewell: Tells what there is to tell when a second Ctrl-C ends the process.
    """

    def take(result: UserResult) -> None:
        result = as_asked_for(result)
        tally.add(result)
        if report is not None:
            report.add(result)

    reason = None
    interrupts.guard(Guarded(stream.stop, farewell))
    update = progress.update
    try:
        for result in stream:
            take(result)
            update()
    except RunStoppedError as error:
        reason = error.reason
        for result in error.report.users.values():
            take(result)
    has_struck = interrupts.count > 0
    if earlier is not None or report is not None:
        with contextlib.suppress(PinpointUsersError):  # what can't be read any more, of users or journal, is counted below
            for _, record in with_records(users, earlier):
                take(result_of(record, takes_one=takes_one))
    tally.add_not_sent(max(0, total - tally.users))
    return Ending(reason, has_struck and bool(tally.left or tally.outcomes[Outcome.UNKNOWN]))
