"""A directory in a file of SQLite."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from pinpoint_users._shapes.json_text import read_json, write_json
from pinpoint_users.directory._documents import document_of, endpoint_of, short_hash
from pinpoint_users.directory.rules import Changes, Wanted, folded
from pinpoint_users.directory.stored import StoredDirectory
from pinpoint_users.endpoints import Endpoint, EndpointUser
from pinpoint_users.endpoints.endpoint import quick_endpoint
from pinpoint_users.endpoints.user import user_of
from pinpoint_users.enums import ChannelType
from pinpoint_users.errors import DirectoryError

_Kind: TypeAlias = tuple[ChannelType, Any, Any, Any]
"""What many endpoints share: the channel, the status, the opt-out and the application."""
_Row: TypeAlias = tuple[int | None, int, int, str, str | None, int, str, str | None, str | None, str | None]

_VERSION = 1
_SCHEMA = (
    "CREATE TABLE kinds (number INTEGER PRIMARY KEY, channel TEXT NOT NULL, status TEXT, opt_out TEXT, application TEXT)",
    """CREATE TABLE endpoints (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        id_hash INTEGER NOT NULL,
        user_id TEXT,
        kind INTEGER NOT NULL,
        address TEXT NOT NULL,
        address_hash INTEGER NOT NULL,
        effective_date TEXT,
        creation_date TEXT,
        more TEXT
    )""",
    "CREATE INDEX endpoints_of_user ON endpoints (user_id) WHERE user_id IS NOT NULL",
    "CREATE INDEX endpoints_by_id ON endpoints (id_hash)",
    "CREATE INDEX endpoints_at ON endpoints (address_hash)",
    f"PRAGMA user_version = {_VERSION}",
)
_COLUMNS = "id, user_id, kind, address, effective_date, creation_date, more"
_WRITE = f"""INSERT OR REPLACE INTO endpoints (number, id_hash, address_hash, {_COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""  # noqa: S608 - names of ours
_AT_A_TIME = 1_000
_CACHE = 65_536
"""KiB of pages that are kept in memory."""

_directories: weakref.WeakSet[SQLiteDirectory] = weakref.WeakSet()
_inherited: list[sqlite3.Connection] = []
"""Connections of a parent, which a child may neither use nor close."""


class SQLiteDirectory(StoredDirectory):
    """A directory in a file of SQLite, for one machine: nothing to install, and any number of processes and threads may use it.

    A process that forks may go on using it on both sides.

    Args:
        path: The file, made if absent. It must be on a local disk, and has two neighbours, `-wal` and `-shm`, while it is open.

    Raises:
        DirectoryError: It can't be opened, or is no directory.
    """

    BATCH: int = 20_000  # a page of an index is then written for several endpoints at once

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = os.path.abspath(path)  # noqa: PTH100 - whatever directory is the current one later
        self._lock = threading.RLock()
        self._kinds: dict[_Kind, int] = {}
        self._by_number: dict[int, _Kind] = {}
        self._connection: sqlite3.Connection | None = None
        with self._locked():
            pass
        _directories.add(self)

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of at most 100 users, by one query; users without endpoints are absent.

        Raises:
            DirectoryError: The file can't be read.
        """
        found: dict[str, list[Endpoint]] = {}
        query = f"SELECT {_COLUMNS} FROM endpoints WHERE user_id IN ({', '.join('?' * len(user_ids))})"  # noqa: S608 - marks only
        with self._locked() as connection:
            rows = connection.execute(query, user_ids).fetchall()
            for row, endpoint in zip(rows, self._endpoints(connection, rows), strict=True):
                user_id = row[1]
                if user_id in found:
                    found[user_id].append(endpoint)
                else:
                    found[user_id] = [endpoint]
        return found

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, in the order in which they came; those that come meanwhile too.

        Raises:
            DirectoryError: The file can't be read.
        """
        last = -1
        query = f"SELECT number, {_COLUMNS} FROM endpoints WHERE number > ? ORDER BY number LIMIT {_AT_A_TIME}"  # noqa: S608 - names of ours
        while True:
            with self._locked() as connection:
                rows = connection.execute(query, (last,)).fetchall()
                page = [*self._endpoints(connection, [row[1:] for row in rows])]
            if not rows:
                return
            last = rows[-1][0]
            yield from page

    def user_ids(self) -> Iterator[str]:
        """Every user's ID, each once, sorted; those that come meanwhile may be missing.

        Raises:
            DirectoryError: The file can't be read.
        """
        last = ""
        query = f"SELECT DISTINCT user_id FROM endpoints WHERE user_id > ? ORDER BY user_id LIMIT {_AT_A_TIME}"  # noqa: S608 - a number
        while True:
            with self._locked() as connection:
                rows = connection.execute(query, (last,)).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield from (row[0] for row in rows)

    def close(self) -> None:
        """Closes the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def __repr__(self) -> str:
        return f"SQLiteDirectory({self._path!r})"

    # --- reading and writing

    def _update(self, wanted: Wanted, decide: Callable[[list[Endpoint]], Changes]) -> None:
        with self._locked() as connection, _transaction(connection):
            rows: dict[int, Any] = {}
            rows.update(_rows_with(connection, "id_hash", list(map(short_hash, wanted.keys))))
            rows.update(_rows_with(connection, "address_hash", list(map(short_hash, wanted.addresses))))
            rows.update(_rows_with(connection, "user_id", list(wanted.user_ids)))
            numbers = {folded(rows[number][1]): number for number in sorted(rows)}
            changes = decide([*self._endpoints(connection, [rows[number][1:] for number in numbers.values()])])
            gone = [(numbers[key],) for key, endpoint in changes.items() if endpoint is None]
            connection.executemany("DELETE FROM endpoints WHERE number = ?", gone)
            stored = [(key, endpoint) for key, endpoint in changes.items() if endpoint is not None]
            connection.executemany(_WRITE, [self._row(connection, numbers.get(key), key, one) for key, one in stored])

    def _row(self, connection: sqlite3.Connection, number: int | None, key: str, endpoint: Endpoint) -> _Row:
        kind = (endpoint.channel_type, endpoint.endpoint_status, endpoint.opt_out, endpoint.application_id)
        kind_number = self._kinds.get(kind)
        if kind_number is None:
            kind_number = self._number_of(connection, kind)
        user, more = endpoint.user, document_of(endpoint)
        return (
            number,
            short_hash(key),
            short_hash(endpoint.address),
            endpoint.endpoint_id,
            None if user is None else user.user_id,
            kind_number,
            endpoint.address,
            endpoint.effective_date,
            endpoint.creation_date,
            None if more is None else write_json(more).decode(),
        )

    def _endpoints(self, connection: sqlite3.Connection, rows: Iterable[Any]) -> Iterator[Endpoint]:
        """The endpoints of rows; those of a user that come one after the other share theirs."""
        user: EndpointUser | None = None
        for endpoint_id, user_id, number, address, effective_date, creation_date, more in rows:
            kind = self._by_number.get(number)
            if kind is None:
                self._read_kinds(connection)
                kind = self._by_number[number]
            if user_id is None:
                user = None
            elif user is None or user.user_id != user_id:
                user = user_of(user_id)
            channel, status, opt_out, application_id = kind
            endpoint = quick_endpoint(
                channel, address, endpoint_id, user, status, opt_out, effective_date, creation_date, application_id
            )
            yield endpoint if more is None else endpoint_of(endpoint, read_json(more.encode()))

    def _number_of(self, connection: sqlite3.Connection, kind: _Kind) -> int:
        self._read_kinds(connection)
        if kind not in self._kinds:
            query = "INSERT INTO kinds (channel, status, opt_out, application) VALUES (?, ?, ?, ?)"
            connection.execute(query, (kind[0].value, *kind[1:]))
            self._read_kinds(connection)
        return self._kinds[kind]

    def _read_kinds(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT number, channel, status, opt_out, application FROM kinds").fetchall()
        self._by_number = {number: (ChannelType(channel), *rest) for number, channel, *rest in rows}
        self._kinds = {kind: number for number, kind in self._by_number.items()}

    # --- the connection

    @contextlib.contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        """The connection of this process, for one thread at a time."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _connect(self._path)
                yield self._connection
            except BaseException as error:
                self._kinds, self._by_number = {}, {}  # what was numbered may have been rolled back
                if not isinstance(error, sqlite3.Error):
                    raise
                raise DirectoryError(f"{self._path} can't be used: {error}{_remedy(error)}") from error

    def _leave_to_parent(self) -> None:
        if self._connection is not None:
            _inherited.append(self._connection)
            self._connection = None


def _connect(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        # A file needs to outlive the process at any time; what the machine's power takes is whole transactions, the last ones.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA cache_size = -{_CACHE}")
        if not version:
            with _transaction(connection):
                if not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
                    for statement in _SCHEMA:
                        connection.execute(statement)
                version = connection.execute("PRAGMA user_version").fetchone()[0]
        is_ours = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kinds'").fetchone()
        if version != _VERSION or not is_ours:
            raise sqlite3.DatabaseError("it is another database, or of another release: name a file of its own")  # noqa: TRY301 - told like SQLite's own
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing of what is written inside; others wait."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _rows_with(connection: sqlite3.Connection, column: str, values: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    for start in range(0, len(values), _AT_A_TIME // 2):
        some = values[start : start + _AT_A_TIME // 2]
        query = f"SELECT number, {_COLUMNS} FROM endpoints WHERE {column} IN ({', '.join('?' * len(some))})"  # noqa: S608 - marks only
        for row in connection.execute(query, some):
            yield row[0], row


def _remedy(error: sqlite3.Error) -> str:
    if "locked" in str(error):
        return ": another process has written to it for a minute"
    if "not a database" in str(error):
        return ": name a file of its own"
    return ""


def _all() -> Iterable[SQLiteDirectory]:
    return list(_directories)


def _before_fork() -> None:
    _held.extend(_all())
    for directory in _held:
        directory._lock.acquire()  # noqa: SLF001 - this module's own


def _after_fork_in_parent() -> None:
    while _held:
        _held.pop()._lock.release()  # noqa: SLF001 - likewise


def _after_fork_in_child() -> None:
    for directory in _held:
        directory._leave_to_parent()  # noqa: SLF001 - likewise
    _after_fork_in_parent()


_held: list[SQLiteDirectory] = []
"""The directories that no thread is inside of while the process forks."""
with contextlib.suppress(AttributeError):  # Windows doesn't fork
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_in_parent, after_in_child=_after_fork_in_child)
