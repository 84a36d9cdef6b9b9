"""What a journal knows of the whole run, whoever sent what."""

from __future__ import annotations

from collections.abc import Mapping

from pinpoint_users._journal.opening import reader_of
from pinpoint_users._run.earlier import result_of
from pinpoint_users._shapes.converters import kind
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.journal import Journal
from pinpoint_users.report import SendReport

__all__ = ["read_counts", "read_report"]


def read_report(journal: Journal) -> SendReport:
    """What became of every user of a run, by its journal, whichever processes sent to them.

    It is what the next run would say of them if it sent nothing: who is in flight, or was when a process died, is UNKNOWN; who
    was never sent to, or is still to be tried again, is NOT_SENT or THROTTLED. Results have each endpoint's ID, delivery status
    and status code; there are no request IDs. All of it is held in memory. While workers send, it is one moment's.

    Args:
        journal: The journal. A run may use it meanwhile.

    Returns:
        The users in the order of their IDs, or, of a file, in the order in which they were first written.

    Raises:
        ValidationError: It isn't a journal.
        JournalError: There is no such run, or it can't be read.
    """
    results = [result_of(record) for record in reader_of(_checked(journal)).records()]
    return SendReport(users={result.user_id: result for result in results})


def read_counts(journal: Journal) -> Mapping[Outcome, int]:
    """How many users of a run came to which outcome, as `read_report` tells it, in constant memory.

    Args:
        journal: The journal. A run may use it meanwhile.

    Returns:
        Each outcome with the number of its users, 0 included.

    Raises:
        ValidationError: It isn't a journal.
        JournalError: There is no such run, or it can't be read.
    """
    counts = dict.fromkeys(Outcome, 0)
    for record, count in reader_of(_checked(journal)).tally():
        counts[result_of(record).outcome] += count
    return counts


def _checked(journal: Journal) -> Journal:
    if not isinstance(journal, Journal):
        raise ValidationError("read_report", [Fault("journal", f"must be a Journal, not {kind(journal)}")])
    return journal
