"""`report`: what a journal says of a run, without sending."""

from __future__ import annotations

from pinpoint_users._files.terminal_text import visible
from pinpoint_users._journal.locked_file import is_in_use
from pinpoint_users._journal.reader import JournalFileReader
from pinpoint_users._run.earlier import result_of, targets_left
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.facts import RunFacts, facts_path
from pinpoint_users.cli.outcome import Outcomes
from pinpoint_users.cli.sending import Ending
from pinpoint_users.cli.tally import Tally, as_asked_for
from pinpoint_users.cli.terminal import say, say_json, tell
from pinpoint_users.user_result import UserResult

_OF_THE_RUN_ITSELF = ("channels", "throttled", "stopped", "is_interrupted", "report_fault", "journal")
"""What a journal doesn't have."""


def run_report(journal: str, *, failed: bool = False, as_json: bool = False) -> int:
    """Tells what a journal says of a run, which may go on meanwhile.

    Args:
        journal: The journal's path.
        failed: Whether each user is told who didn't get the message everywhere.
        as_json: Whether JSON is written: with `failed` an object a user, else one of the counts.

    Returns:
        The exit code, as of the run itself: 0 if everybody got it, 1 if not.

    Raises:
        JournalError: It can't be read.
    """
    tally = Tally(())  # a journal has neither addresses nor channels
    is_running = is_in_use(journal)
    with JournalFileReader(journal) as reader:
        facts = _facts_of(journal)
        takes_one = facts is not None and facts.options.takes_one
        for record in reader.records():
            result = as_asked_for(result_of(record, takes_one=takes_one))
            tally.add(result, is_left=bool(targets_left(record, takes_one=takes_one)))
            if failed and not result.is_fine():
                _tell_of(result, as_json=as_json)
    tally.add_not_sent(0 if facts is None else max(0, facts.users - tally.users))
    skipped = 0 if facts is None else facts.skipped
    outcomes = Outcomes.of(tally, Ending(None, is_interrupted=False), journal, skipped=skipped, is_running=is_running)
    if not as_json:
        say(f"application {visible(reader.header.application_id)}", *outcomes.lines(with_channels=False))
    elif not failed:
        counts = outcomes.to_dict()
        known = {name: value for name, value in counts.items() if name not in _OF_THE_RUN_ITSELF}
        say_json({"application_id": reader.header.application_id, **known, "is_running": is_running})
    return outcomes.code


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
