"""A journal's file, as a run uses it.

The file grows as a log: each write is one row, with the records of some users in it, so that a request costs the same whatever
the order of its users and however many came before. Of a user's records the latest counts. Rows of which no record counts any
more are deleted, such as those of users in flight whose answer has come.
"""

from __future__ import annotations

import hashlib
import os
import threading
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING

from pinpoint_users._journal.codec import (
    IN_FLIGHT,
    CorruptError,
    Reader,
    Record,
    pack_all,
    pack_numbers,
    pack_results,
    pack_states,
    read_record,
    split,
)
from pinpoint_users._journal.index import Index, batch_of, is_of_this_run, start_of
from pinpoint_users.errors import JournalError
from pinpoint_users.journal import Journal
from pinpoint_users.report import UserResult

if TYPE_CHECKING:
    import sqlite3

__all__ = ["JournalFile", "Record"]

_MARK = 0x70555352  # what SQLite calls a file's application ID
_FORMAT = 1
_OBSOLETE = 32  # rows to wait for before they are deleted
_AT_A_TIME = 500  # rows; older SQLites take 999 values in a statement
_OWNER_ONLY = 0o600
_OTHERS = 0o077

_SETTINGS = (
    "journal_mode=WAL",
    # A commit hands its bytes to the operating system, which keeps them however this process ends. Only a checkpoint waits for
    # the disk: a power cut may cost the last commits and doesn't damage the file. FULL would wait twice a request.
    "synchronous=NORMAL",
    "wal_autocheckpoint=4000",
)
_SCHEMA = (
    "CREATE TABLE run (application_id TEXT NOT NULL, content BLOB NOT NULL, openings INTEGER NOT NULL)",
    "CREATE TABLE batches (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, records BLOB NOT NULL)",
    # The rows that will soon be deleted; among the others they would leave gaps.
    "CREATE TABLE in_flight (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, records BLOB NOT NULL)",
    f"PRAGMA application_id={_MARK}",
    f"PRAGMA user_version={_FORMAT}",
)

_INSERT = "INSERT INTO batches VALUES (?, ?, ?)"
_INSERT_IN_FLIGHT = "INSERT INTO in_flight VALUES (?, ?, ?)"

_opening = threading.Lock()
"""One thread at a time makes or takes a file: closing it drops every lock that the process has on it, and of threads that take
it at once each could keep the others out."""


class JournalFile:
    """The file of a journal, opened for one run. May be called from any thread.

    Args:
        journal: Where it is.
        application_id: The application of the run.
        content: Message, templates and context of the run in one encoding; only the SHA-256 is kept.

    Raises:
        JournalError: It can't be used: what is wrong, and what to do.
    """

    def __init__(self, journal: Journal, *, application_id: str, content: bytes) -> None:
        self._path = os.path.abspath(journal.path)  # noqa: PTH100 - a string, for SQLite and for errors
        self._lock = threading.Lock()
        self._index = Index()
        self._last = 0
        with self._telling("opened"):
            self._database = _connect(self._path)
        try:
            with _opening, self._telling("opened"):
                self._begin(journal, application_id, hashlib.sha256(content).digest())
            with self._telling("opened"):
                self._load()
        except BaseException:
            self.close()
            raise

    def look_up(self, user_ids: Collection[str]) -> dict[str, Record]:
        """The records of those users whom the journal knows.

        Args:
            user_ids: At most 100.

        Raises:
            JournalError: The file can't be read.
        """
        with self._lock, self._telling("read"):
            users = dict(zip(pack_all(user_ids), user_ids, strict=True))
            places = self._index.find(users)
            states = {user: self._index.states[user] for user in places if user in self._index.states}
            if len(states) < len(places):
                unread = {user: place for user, place in places.items() if user not in states}
                read = self._read(unread)
                self._index.remember(unread.items(), read)
                states.update(read)
            return {
                users[user]: read_record(users[user], states[user], is_of_this_run=is_of_this_run(place))
                for user, place in places.items()
            }

    def mark_in_flight(self, user_ids: Collection[str]) -> None:
        """Writes that users are in flight whom the file doesn't know yet, all or none of them.

        Raises:
            JournalError: The file can't be written, as on a full disk. It stays as it was, and can be tried again.
        """
        with self._lock, self._telling("written"):
            self._append(dict.fromkeys(pack_all(user_ids), IN_FLIGHT), _INSERT_IN_FLIGHT)

    def write(self, records: Collection[Record], results: Collection[UserResult] = ()) -> None:
        """Replaces what the file has of these users, all or none of them, and marks them as come upon by this run.

        Args:
            records: What is known of users.
            results: Those of other users, to whom the message went for certain.

        Raises:
            JournalError: The file can't be written, as on a full disk. It stays as it was, and can be tried again.
        """
        if not records and not results:
            return
        with self._lock, self._telling("written"):
            known = self._index.states
            users = pack_all([*(result.user_id for result in results), *(record.user_id for record in records)])
            states = dict(zip(users, [*pack_results(results), *pack_states(records)], strict=True))
            changed = states
            if not known.items().isdisjoint(states.items()):
                changed = {user: state for user, state in states.items() if known.get(user) != state}
                self._index.mark(states.keys() - changed.keys())
            if changed:
                is_in_flight = not results and all(record.unknown for record in records)
                self._append(changed, _INSERT_IN_FLIGHT if is_in_flight else _INSERT)

    def close(self) -> None:
        """Lets go of the file."""
        import sqlite3  # noqa: PLC0415 - most runs have no journal

        with self._lock:
            with suppress(sqlite3.Error):  # what stays on a full disk does no harm; or it is closed already
                while self._index.obsolete:
                    self._delete(self._index.obsolete[:_AT_A_TIME])
                    del self._index.obsolete[:_AT_A_TIME]
            self._database.close()
            self._index.close()

    def _begin(self, journal: Journal, application_id: str, digest: bytes) -> None:
        """Takes the file for this run alone, and makes what is in it if it is new."""
        execute = self._database.execute
        execute("PRAGMA locking_mode=EXCLUSIVE")
        execute("BEGIN EXCLUSIVE")
        mark, version, tables = (
            execute(question).fetchone()[0]
            for question in ("PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master")
        )
        execute("COMMIT")
        is_new = not (mark or version or tables)
        if not is_new and mark != _MARK:
            raise _not_a_journal(self._path)
        if version > _FORMAT:
            raise JournalError(f"{self._path}: the journal is of a newer release, in format {version}: upgrade pinpoint-users")
        _hide_from_others(self._path)
        for setting in _SETTINGS:
            execute(f"PRAGMA {setting}")
        execute("BEGIN IMMEDIATE")
        if is_new:
            for statement in _SCHEMA:
                execute(statement)
            execute("INSERT INTO run VALUES (?, ?, 0)", (application_id, digest))
        row = execute("SELECT application_id, content FROM run").fetchone()
        if row is None:
            raise CorruptError
        if not journal.force:
            self._compare(row, application_id, digest)
        # Counting is also writing: a file that can't be written shows it before anything is sent.
        execute("UPDATE run SET application_id = ?, content = ?, openings = openings + 1", (application_id, digest))
        execute("COMMIT")

    def _compare(self, row: tuple[str, bytes], application_id: str, digest: bytes) -> None:
        if row == (application_id, digest):
            return
        whose = f"application {row[0]!r}, not {application_id!r}" if row[0] != application_id else "another message"
        raise JournalError(
            f"{self._path}: the journal is of {whose}: take another file for this run, or, to go on with those users "
            "who weren't finished, Journal(path, force=True)"
        )

    def _load(self) -> None:
        """Reads the file from the beginning."""
        rows = self._database.execute("SELECT * FROM batches UNION ALL SELECT * FROM in_flight ORDER BY number")
        for number, checksum, records in rows:
            if not isinstance(records, bytes) or zlib.crc32(records) != checksum:
                raise CorruptError
            parts = list(split(records))
            states = {user: state for user, state, _ in parts}
            self._index.add_batch(number, states, [length for _, _, length in parts], is_of_this_run=False)
            self._last = number

    def _read(self, places: dict[bytes, int]) -> dict[bytes, bytes]:
        """The states of users whose records are in these places."""
        numbers = list(set(map(batch_of, places.values())))
        rows = self._database.execute(
            f"SELECT number, records FROM batches WHERE number IN ({_marks(numbers)}) UNION ALL "  # noqa: S608 - no values
            f"SELECT number, records FROM in_flight WHERE number IN ({_marks(numbers)})",
            numbers * 2,
        )
        batches = dict(rows.fetchall())
        read = {}
        for user, place in places.items():
            reader = Reader(batches.get(batch_of(place), b""), start_of(place))
            if reader.packed_text() != user:
                raise CorruptError
            read[user] = reader.take(reader.number())
        return read

    def _append(self, states: dict[bytes, bytes], insert: str) -> None:
        """Writes a batch, and with it deletes what has become obsolete, if that is enough to be worth it."""
        lengths = pack_numbers(map(len, states.values()))
        parts = list(map(add, map(add, states, lengths), states.values()))
        records = b"".join(parts)
        number = self._last + 1
        row = (number, zlib.crc32(records), records)
        obsolete = self._index.obsolete
        if len(obsolete) < _OBSOLETE:
            self._database.execute(insert, row)
        else:
            with self._database:
                self._database.execute("BEGIN IMMEDIATE")
                self._database.execute(insert, row)
                self._delete(obsolete[:_AT_A_TIME])
            del obsolete[:_AT_A_TIME]
        self._last = number
        self._index.add_batch(number, states, map(len, parts), is_of_this_run=True)

    def _delete(self, numbers: list[int]) -> None:
        self._database.execute(f"DELETE FROM batches WHERE number IN ({_marks(numbers)})", numbers)  # noqa: S608 - no values
        self._database.execute(f"DELETE FROM in_flight WHERE number IN ({_marks(numbers)})", numbers)  # noqa: S608 - no values

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        """Turns the errors of the file into ours, each with what to do."""
        import sqlite3  # noqa: PLC0415 - most runs have no journal

        try:
            yield
        except (CorruptError, UnicodeDecodeError) as error:  # SQLite's own texts quote the file's bytes
            raise _damaged(self._path) from error
        except (OSError, sqlite3.Error) as error:
            raise _told(self._path, what, error) from error


def _connect(path: str) -> sqlite3.Connection:
    """Opens the file, and makes it if there is none, for its owner alone."""
    import sqlite3  # noqa: PLC0415 - most runs have no journal

    with _opening, suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWNER_ONLY))
    uri = f"{Path(path).as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=0.0, isolation_level=None, check_same_thread=False)


def _hide_from_others(path: str) -> None:
    for file in (Path(path), Path(f"{path}-wal")):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & _OTHERS:
                file.chmod(_OWNER_ONLY)


def _marks(values: list[int]) -> str:
    return ",".join("?" * len(values))


def _told(path: str, what: str, error: Exception) -> JournalError:
    said = str(getattr(error, "strerror", None) or error)  # without the path, in which any word may be
    if "locked" in said:
        return JournalError(f"{path}: another run uses this journal: wait for its end, or take another file for this run")
    if "not a database" in said:
        return _not_a_journal(path)
    if "malformed" in said:
        return _damaged(path)
    return JournalError(
        f"{path}: the journal can't be {what} ({said}): see that its directory exists, that both may be written, and that "
        "there is space on the disk"
    )


def _not_a_journal(path: str) -> JournalError:
    return JournalError(f"{path}: this file isn't a journal: take a path where there is no file yet")


def _damaged(path: str) -> JournalError:
    return JournalError(
        f"{path}: the journal is damaged, so it can't tell who has got the message: put back a copy of it, or take another "
        "file, for a run that knows of no user"
    )
