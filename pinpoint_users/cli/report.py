"""`report`: what a journal says of a run, without sending."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pinpoint_users._files.terminal_text import visible
from pinpoint_users._journal.reader import JournalReader
from pinpoint_users._journal.record import Record
from pinpoint_users.cli.exits import CommandError, ExitCode
from pinpoint_users.cli.facts import RunFacts, facts_path, resuming_command
from pinpoint_users.cli.tally import Tally
from pinpoint_users.cli.terminal import say, say_json
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import InFlightError
from pinpoint_users.user_result import UserResult, outcome_of


def run_report(journal: str, *, failed: bool = False, as_json: bool = False) -> int:
    """Tells what a journal says of a run.

    Args:
        journal: The journal's path.
        failed: Whether each user is told who didn't get the message everywhere.
        as_json: Whether JSON is written: with `failed` an object a user, else one of the counts.

    Returns:
        The exit code: 0 if everybody got it, 1 if not.

    Raises:
        CommandError: There is no such journal.
        JournalError: It can't be read.
    """
    if not Path(journal).exists():
        raise CommandError(f"{journal}: there is no such journal: `ls *.db` shows those that are here")
    reader = JournalReader(journal)
    tally = Tally(())
    for result in _results(reader):
        tally.add(result)
        if failed and not result.is_fine():
            if as_json:
                say_json({**result.to_dict(), "reason": result.reason and str(result.reason)})
            else:
                say(visible(str(result)))
    if facts_path(journal).exists():
        tally.add_not_sent(max(0, RunFacts.read(journal).users - tally.users))
    goes_on = tally.outcomes[Outcome.NOT_SENT] > 0
    if as_json and not failed:
        said = tally.to_dict()
        del said["channels"]  # a journal has no addresses
        say_json({"application_id": reader.header.application_id, **said, "resume": resuming_command(journal) if goes_on else None})
    elif not as_json:
        say(f"application {visible(reader.header.application_id)}", *tally.lines(with_channels=False))
        if goes_on:
            say(f"go on with: {visible(resuming_command(journal))}")
    return ExitCode.SOME_NOT if tally.failed else ExitCode.SUCCESSFUL


def _results(reader: JournalReader) -> Iterator[UserResult]:
    for record in reader.records():
        outcome = _outcome(record)
        error = InFlightError("the run ended before the answer came") if outcome is Outcome.UNKNOWN else None
        yield UserResult(
            user_id=record.user_id,
            outcome=outcome,
            endpoints=record.endpoints,
            attempts=record.attempts,
            error=error,
            maybe_duplicated=record.maybe_duplicated,
        )


def _outcome(record: Record) -> Outcome:
    if record.unknown:
        return Outcome.UNKNOWN
    found = outcome_of(record.endpoints)
    if record.pending and found is Outcome.SUCCESSFUL:
        return Outcome.PARTIAL
    return Outcome.NOT_SENT if record.pending and found is not Outcome.PARTIAL else found
