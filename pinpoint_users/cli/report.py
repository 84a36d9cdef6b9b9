"""`report`: what a journal says of a run, without sending."""

from __future__ import annotations

from pinpoint_users._files.terminal_text import visible
from pinpoint_users._journal.reader import JournalFileReader
from pinpoint_users._requests.jobs import User
from pinpoint_users._run.retry import RetryPolicy, retry_targets
from pinpoint_users.cli.exits import CommandError, ExitCode
from pinpoint_users.cli.facts import RunFacts, facts_path, resuming_command
from pinpoint_users.cli.tally import Tally
from pinpoint_users.cli.terminal import say, say_json, tell
from pinpoint_users.errors import StoppedError
from pinpoint_users.user_result import UserResult

_POLICY = RetryPolicy()
_NOT_DONE = StoppedError("the run ended before everything went out, and the next one goes on")


def run_report(journal: str, *, failed: bool = False, as_json: bool = False) -> int:
    """Tells what a journal says of a run, which may go on meanwhile.

    Args:
        journal: The journal's path.
        failed: Whether each user is told who didn't get the message everywhere.
        as_json: Whether JSON is written: with `failed` an object a user, else one of the counts.

    Returns:
        The exit code: 0 if everybody got it, 1 if not.

    Raises:
        JournalError: It can't be read.
    """
    tally = Tally(())  # a journal has neither addresses nor channels
    goes_on = False
    with JournalFileReader(journal) as reader:
        facts = _facts_of(journal)
        for record in reader.records():
            user = User.of(record, None)
            user.takes_one = facts is not None and facts.options.first_of is not None
            if user.pending or retry_targets(_POLICY, user.endpoints, user.unknown):
                user.error = _NOT_DONE
                goes_on = True
            result = user.result()
            tally.add(result)
            if failed and not result.is_fine():
                _tell_of(result, as_json=as_json)
    not_begun = 0 if facts is None else max(0, facts.users - tally.users)
    tally.add_not_sent(not_begun)
    goes_on = goes_on or not_begun > 0
    if not as_json:
        say(f"application {visible(reader.header.application_id)}", *tally.lines(with_channels=False))
        if goes_on:
            say(f"go on with: {visible(resuming_command(journal))}")
    elif not failed:
        counts = tally.to_dict()
        del counts["channels"]
        resume = resuming_command(journal) if goes_on else None
        say_json({"application_id": reader.header.application_id, **counts, "resume": resume})
    return ExitCode.SOME_NOT if tally.failed else ExitCode.SUCCESSFUL


def _tell_of(result: UserResult, *, as_json: bool) -> None:
    if as_json:
        say_json({**result.to_dict(), "reason": result.reason and str(result.reason)})
    else:
        say(visible(str(result)))


def _facts_of(journal: str) -> RunFacts | None:
    """What is kept beside a journal of the command line's; a run of a program has nothing there."""
    if not facts_path(journal).exists():
        return None
    try:
        return RunFacts.read(journal)
    except CommandError as error:
        tell(f"note: {visible(str(error))}; who isn't in the journal yet isn't counted")
        return None
