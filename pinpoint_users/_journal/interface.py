"""What a run asks of its journal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from pinpoint_users._journal.record import Record
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.user_result import UserResult


class RunJournal(Protocol):
    """A journal, opened for one run. May be called from any thread, but only in the process that opened it."""

    def look_up(self, user_ids: Collection[str], *, claims: bool = True) -> dict[str, Record]:
        """The records of those users whom the journal knows.

        Args:
            user_ids: The users, each once.
            claims: Whether the run takes them in hand, but for those whom another worker has. The others are this run's until
                it writes of them that they aren't, or is over.

        Raises:
            JournalError: It can't be read.
        """
        ...

    def write(
        self,
        records: Collection[Record],
        results: Collection[UserResult] = (),
        in_flight: Collection[str] = (),
        packed: Mapping[str, str] = FrozenDict(),
    ) -> None:
        """Replaces what the journal has of these users, who were looked up before, and marks them as met by this run.

        Args:
            records: What is known of users.
            results: Those of other users, to whom the message went for certain.
            in_flight: Further users, of whom nothing is known, and who are about to be sent to.
            packed: The same as `results`, packed, of further users by ID.

        Raises:
            JournalError: It can't be written, or the users are another's by now. It stays as it was.
        """
        ...

    def close(self) -> None:
        """Lets go of it. In a child of the process that opened it, this does nothing."""
        ...


class JournalReader(Protocol):
    """What a journal knows of a whole run."""

    def records(self) -> Iterator[Record]:
        """What is known of each user, in constant memory.

        Raises:
            JournalError: It can't be read, or there is none.
        """
        ...

    def tally(self) -> Iterator[tuple[Record, int]]:
        """The same, those of whom it comes to the same taken together as far as possible, with their number.

        Raises:
            JournalError: It can't be read, or there is none.
        """
        ...
