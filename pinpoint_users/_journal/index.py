"""Where a journal has each user's latest record.

The users whom a run came upon last are in memory, with their states. When they have become many, they go all at once, sorted,
to a temporary database, where only the places of their records are kept: going there request by request, in any order, would
take longer than sending to them. The index is made anew whenever a journal is opened, so a crash can't harm it.

Users are known by their packed IDs. Bytes and numbers alone are kept of them, which the garbage collector passes over: it would
otherwise go through all users again and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import accumulate, chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_RECENT = 1 << 15
_OLDER = 1 << 23
_VALUES = 800  # in one statement; older SQLites take 999

# A place is one number: that of the batch, a bit for users whom the present run has come upon, and where the record begins.
_BATCH_SHIFT = 33
_OF_THIS_RUN = 1 << 32
_START = _OF_THIS_RUN - 1


def batch_of(place: int) -> int:
    """The number of a record's batch."""
    return place >> _BATCH_SHIFT


def start_of(place: int) -> int:
    """Where in its batch a record begins."""
    return place & _START


def is_of_this_run(place: int) -> bool:
    """Whether the present run has come upon the record's user."""
    return bool(place & _OF_THIS_RUN)


class Index:
    """The users of a journal, each with the place of the latest record. Takes bounded memory, whatever their number."""

    def __init__(self) -> None:
        self.obsolete: list[int] = []
        """Batches of which no record is a user's latest any more."""
        self.states: dict[bytes, bytes] = {}
        """The states of the users in memory, those among them who were just found or added."""
        self._places: dict[bytes, int] = {}  # of the same users
        self._current: dict[int, int] = {}  # of batches of theirs, how many records are their users' latest
        self._older: sqlite3.Connection | None = None
        # One byte for all users of the same hash, so that most who aren't in the database needn't be looked up there.
        self._is_older = bytearray(_OLDER)

    def find(self, users: Collection[bytes]) -> dict[bytes, int]:
        """The places of the records of those users who have one; of at most a few hundred users."""
        places = self._places
        found = {user: places[user] for user in users if user in places}
        if self._older is not None:
            others = [user for user in users if user not in places and self._is_older[hash(user) % _OLDER]]
            if others:
                wanted = ",".join("?" * len(others))
                found.update(self._older.execute(f"SELECT * FROM places WHERE user IN ({wanted})", others))  # noqa: S608 - no values
        return found

    def add_batch(self, number: int, states: Mapping[bytes, bytes], lengths: Iterable[int], *, is_of_this_run: bool) -> None:
        """Takes in the records of a batch, which are the latest of their users from now on.

        Args:
            number: The number of the batch.
            states: The state of each user, in the order of the records.
            lengths: How many bytes each record takes.
            is_of_this_run: Whether the present run has come upon the users.
        """
        current = self._current
        replaced = [place >> _BATCH_SHIFT for place in map(self._places.get, states) if place is not None]
        for batch, count in Counter(replaced).items():
            if batch in current:
                current[batch] -= count
                if not current[batch]:
                    del current[batch]
                    self.obsolete.append(batch)
        current[number] = len(states)
        first = number << _BATCH_SHIFT | (_OF_THIS_RUN if is_of_this_run else 0)
        self.remember(zip(states, accumulate(lengths, initial=first), strict=False), states)

    def remember(self, places: Iterable[tuple[bytes, int]], states: Mapping[bytes, bytes]) -> None:
        """Takes in what has been found out of users' records, which stay where they are."""
        self._places.update(places)
        self.states.update(states)
        if len(self._places) >= _RECENT:
            self._put_aside()

    def mark(self, users: Iterable[bytes]) -> None:
        """Notes that the present run has come upon users who are in memory."""
        for user in users:
            self._places[user] |= _OF_THIS_RUN

    def close(self) -> None:
        """Frees the temporary database."""
        if self._older is not None:
            self._older.close()

    def _put_aside(self) -> None:
        if self._older is None:
            self._older = _temporary_database()
        values: list[object] = list(chain.from_iterable(sorted(self._places.items())))
        for start in range(0, len(values), _VALUES):
            part = values[start : start + _VALUES]
            rows = ",".join(["(?,?)"] * (len(part) // 2))
            self._older.execute(f"INSERT OR REPLACE INTO places VALUES {rows}", part)  # noqa: S608 - no values
        for user in self._places:
            self._is_older[hash(user) % _OLDER] = 1
        for kept in (self._places, self.states, self._current):
            kept.clear()


def _temporary_database() -> sqlite3.Connection:
    """A database that goes to disk only as far as it outgrows its cache, and that is gone with the process."""
    import sqlite3  # noqa: PLC0415 - most runs have no journal

    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-16000"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE places (user BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID")
    return database
