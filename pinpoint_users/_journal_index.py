"""Where a journal has each user's latest record.

The users whom a run came upon last are in memory, with what the file says of them. When they have become many, they go all at
once, sorted, to a temporary database, where only the places of their records are kept: going there request by request, in any
order, would take longer than sending to them. The index is made anew whenever a journal is opened, so a crash can't harm it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING

import attrs

from pinpoint_users._journal_codec import pack_all

if TYPE_CHECKING:
    import sqlite3

_KEY = attrgetter("key")
_RECENT = 1 << 15
_SEEN = 1 << 23
_COLUMNS = 4
_ROWS = 200  # older SQLites take 999 values in a statement


@attrs.define(eq=False)
class Entry:
    """Where a user's latest record is; not to be changed after it is made."""

    batch: int
    """The number of the batch."""
    at: int
    """Where in the batch the record begins."""
    key: bytes
    """The packed user ID."""
    state: bytes | None
    """The record's state; None if it has to be read from the file."""
    is_of_this_run: bool = attrs.field(kw_only=True)
    """Whether the present run has come upon the user."""


class Index:
    """The users of a journal, each with the place of the latest record. Takes bounded memory, whatever their number."""

    def __init__(self) -> None:
        self.obsolete: list[int] = []
        """Batches of which no record is a user's latest any more."""
        self.recent: dict[str, Entry] = {}
        """The users in memory, those who were just found or added among them; only to be looked at."""
        self._current: dict[int, int] = {}  # how many records of a batch are their users' latest; of batches in `recent`
        self._older: sqlite3.Connection | None = None
        # One byte for all IDs of the same hash, so that most users who aren't in the database needn't be looked up there.
        self._is_older = bytearray(_SEEN)

    def find(self, user_ids: Collection[str]) -> dict[str, Entry]:
        """The entries of those users who have one, of at most `_ROWS` users."""
        recent = self.recent
        found = {user_id: recent[user_id] for user_id in user_ids if user_id in recent}
        if self._older is not None:
            is_older = self._is_older
            others = [user_id for user_id in user_ids if user_id not in recent and is_older[hash(user_id) % _SEEN]]
            if others:
                self._find_older(self._older, others, found)
        return found

    def add_batch(self, number: int, entries: Mapping[str, Entry]) -> None:
        """Takes in the records of a batch, which are the latest of their users from now on."""
        recent, current = self.recent, self._current
        replaced = Counter([recent[user_id].batch for user_id in entries if user_id in recent])
        for batch, count in replaced.items():
            if batch in current:
                current[batch] -= count
                if not current[batch]:
                    del current[batch]
                    self.obsolete.append(batch)
        current[number] = len(entries)
        self.remember(entries)

    def remember(self, entries: Mapping[str, Entry]) -> None:
        """Takes in what has been found out of users' records, which stay where they are."""
        self.recent.update(entries)
        if len(self.recent) >= _RECENT:
            self._put_aside()

    def close(self) -> None:
        """Frees the temporary database."""
        if self._older is not None:
            self._older.close()

    def _find_older(self, older: sqlite3.Connection, user_ids: list[str], found: dict[str, Entry]) -> None:
        keys = dict(zip(pack_all(user_ids), user_ids, strict=True))
        wanted = ",".join("?" * len(keys))
        rows = older.execute(f"SELECT * FROM places WHERE user IN ({wanted})", list(keys))  # noqa: S608 - question marks
        found.update(
            (keys[key], Entry(batch, at, key, None, is_of_this_run=bool(is_of_this_run)))
            for key, batch, at, is_of_this_run in rows
        )

    def _put_aside(self) -> None:
        if self._older is None:
            self._older = _temporary_database()
        recent = self.recent
        for user_id in recent:
            self._is_older[hash(user_id) % _SEEN] = 1
        values: list[object] = []
        for entry in sorted(recent.values(), key=_KEY):
            values += entry.key, entry.batch, entry.at, entry.is_of_this_run
        for start in range(0, len(values), _COLUMNS * _ROWS):
            part = values[start : start + _COLUMNS * _ROWS]
            rows = ",".join(["(?,?,?,?)"] * (len(part) // _COLUMNS))
            self._older.execute(f"INSERT OR REPLACE INTO places VALUES {rows}", part)  # noqa: S608 - question marks
        recent.clear()
        self._current.clear()


def _temporary_database() -> sqlite3.Connection:
    """A database that goes to disk only as far as it outgrows its cache, and that is gone with the process."""
    import sqlite3  # noqa: PLC0415 - most runs have no journal

    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-16000"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE places (user BLOB PRIMARY KEY, batch, at, is_of_this_run) WITHOUT ROWID")
    return database
