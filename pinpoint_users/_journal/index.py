"""Where a journal has each user's last line.

The users whom a run met last are in memory. When they have become many, they go all at once, sorted, to a temporary database:
going there request by request, in any order, would take longer than sending to them. The index is made anew whenever a journal
is opened, so a crash can't harm it.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from typing import TypeAlias

from pinpoint_users._journal.forks import sqlite_lock

_RECENT = 20_000
_OLDER = 1 << 23
_VALUES = 900  # in one statement; older SQLites take 999
_ROWS = _VALUES // 2

Entry: TypeAlias = tuple[int, bool, str | None]
"""Of a user's last line: its block's offset, whether the present run has met the user, and the line, if it is in memory."""


class Index:
    """The users of a journal. Takes bounded memory, whatever their number."""

    def __init__(self) -> None:
        self.recent: dict[str, Entry] = {}
        """The users in memory, those among them who were just found or added."""
        self._older: sqlite3.Connection | None = None
        # One byte for all users of the same hash, so that most who aren't in the database needn't be searched for there.
        self._is_older = bytearray()

    def find(self, user_ids: Collection[str]) -> dict[str, Entry]:
        """Those users who are known."""
        found = {user_id: self.recent[user_id] for user_id in user_ids if user_id in self.recent}
        if self._older is not None:
            others = [user_id for user_id in user_ids if user_id not in found and self._is_older[hash(user_id) % _OLDER]]
            found.update(_select(self._older, others))
        return found

    def add(self, entries: Mapping[str, Entry]) -> None:
        """Takes in the last lines of users."""
        self.recent.update(entries)
        if len(self.recent) >= _RECENT:
            self._put_aside()

    def close(self) -> None:
        """Frees the temporary database, as happens too when nobody refers to the index any more."""
        if self._older is not None:
            with sqlite_lock:
                self._close()

    def _put_aside(self) -> None:
        with sqlite_lock:
            if self._older is None:
                self._older = _temporary_database()
                self._close = weakref.finalize(self, self._older.close)
                self._is_older = bytearray(_OLDER)
            rows = [(_key(user_id), _place(self.recent[user_id])) for user_id in sorted(self.recent)]
            for start in range(0, len(rows), _ROWS):
                values = list(chain.from_iterable(rows[start : start + _ROWS]))
                marks = ",".join(["(?,?)"] * (len(values) // 2))
                self._older.execute(f"INSERT OR REPLACE INTO users VALUES {marks}", values)  # noqa: S608 - no values
        for user_id in self.recent:
            self._is_older[hash(user_id) % _OLDER] = 1
        self.recent.clear()


def _place(entry: Entry) -> int:
    return entry[0] << 1 | entry[1]


def _key(user_id: str) -> bytes:
    return user_id.encode("utf-8", "surrogatepass")


def _select(database: sqlite3.Connection, user_ids: list[str]) -> Iterator[tuple[str, Entry]]:
    for start in range(0, len(user_ids), _VALUES):
        some = {_key(user_id): user_id for user_id in user_ids[start : start + _VALUES]}
        marks = ",".join("?" * len(some))
        with sqlite_lock:
            rows = database.execute(f"SELECT * FROM users WHERE user IN ({marks})", list(some)).fetchall()  # noqa: S608 - no values
        for key, place in rows:
            yield some[key], (place >> 1, bool(place & 1), None)


def _temporary_database() -> sqlite3.Connection:
    """A database that goes to disk only as far as it outgrows its cache, and that is gone with the process."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-12000"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("CREATE TABLE users (user BLOB PRIMARY KEY, place INTEGER) WITHOUT ROWID")
    return database
