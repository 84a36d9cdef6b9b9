"""Users, each with what the journal of an earlier run knows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from pinpoint_users._files.user_file import Pair
from pinpoint_users._journal.reader import JournalFileReader
from pinpoint_users._journal.record import Record

Known: TypeAlias = tuple[str, Record]
_AT_ONCE = 500


def with_records(pairs: Iterable[Pair], journal: str | None) -> Iterator[Known]:
    """Users, each with what a journal knows.

    Args:
        pairs: The users.
        journal: The journal's path; a file that isn't there yet knows nobody.

    Raises:
        JournalError: It can't be read.
    """
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(JournalFileReader(journal)) if journal is not None and Path(journal).exists() else None
        users = iter(pairs)
        while some := [user_id for user_id, _ in islice(users, _AT_ONCE)]:
            found = {} if reader is None else reader.find(some)
            for user_id in some:
                yield user_id, found.get(user_id) or Record(user_id)
