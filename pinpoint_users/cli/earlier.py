"""What the journal of an earlier run says of users whom no run asks it about: who is left, and what became of the others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from pinpoint_users._files.user_file import Pair
from pinpoint_users._journal.lookup import JournalLookup
from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import User
from pinpoint_users._run.retry import RetryPolicy, retry_targets
from pinpoint_users.errors import StoppedError
from pinpoint_users.user_result import UserResult

Known: TypeAlias = tuple[Pair, Record | None]
_AT_ONCE = 100
_POLICY = RetryPolicy()
_NOT_DONE = StoppedError("the run ended before everything went out, and the next one goes on")


def with_records(pairs: Iterable[Pair], journal: str | None) -> Iterator[Known]:
    """Users, each with what a journal knows.

    Args:
        pairs: The users.
        journal: The journal's path; a file that isn't there yet knows nobody.

    Raises:
        JournalError: It can't be read.
    """
    with contextlib.ExitStack() as stack:
        lookup = stack.enter_context(JournalLookup(journal)) if journal is not None and Path(journal).exists() else None
        users = iter(pairs)
        while some := list(islice(users, _AT_ONCE)):
            found = {} if lookup is None else lookup.find([user_id for user_id, _ in some])
            for pair in some:
                yield pair, found.get(pair[0])


def is_left(record: Record | None) -> bool:
    """Whether something is still to go to a user."""
    return record is None or bool(record.pending or retry_targets(_POLICY, record.endpoints, record.unknown))


def result_of(record: Record) -> UserResult:
    """What a journal says of a user, as a result."""
    user = User.of(record, None)
    user.error = _NOT_DONE if is_left(record) else None
    return user.result()
