"""A connection to PostgreSQL by psycopg 3, made when it is needed, made again when it is lost, and never a parent's."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from pinpoint_users._clock import monotonic

T = TypeVar("T")

_HOW = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""By which a server that is away is noticed at all; where the caller says something else, that holds."""
_SETTINGS = """
SELECT set_config(name, CASE name WHEN 'jit' THEN 'off' ELSE %s END, false) FROM pg_settings
WHERE name = 'jit' OR (name = 'lock_timeout' AND source = 'default')
"""
"""In a large table, a statement of a thousand users looks so costly that the server would compile it first, for 0.1 s. And
who locks a table isn't waited for without end, unless the role, the database or the URL says for how long."""
_BACKEND = "SELECT pg_backend_pid()"
LOCK_TIMEOUT = 5.0
"""Seconds for which a statement waits for others' locks, by default."""
LOCKED = "another session locks its table, such as a migration, LOCK TABLE or VACUUM FULL: wait for its end"
"""What is said of a lock that wasn't let go of."""
_LONGEST_REST = 1.0
_AMBIGUOUS = "no connection, and the URL has more than one @: in a user name, a password and parameters, write it as %40"
_connections: weakref.WeakSet[PostgresConnection] = weakref.WeakSet()
_left_to_parents: list[Any] = []


class PostgresConnection:
    """A connection, for one thread at a time.

    Args:
        conninfo: How to connect, as psycopg takes it.
        whose: What needs it, for who lacks the extra.
        lock_timeout: Seconds for which a statement waits for others' locks, where nothing else is set for it.
        within: Seconds in which all is to be over, which bound it, and the wait for a connection, which takes at least two.

    Raises:
        ImportError: The extra `postgres` isn't installed.
    """

    def __init__(
        self,
        conninfo: str,
        *,
        whose: str,
        lock_timeout: float = LOCK_TIMEOUT,
        within: float | None = None,
    ) -> None:
        try:
            import psycopg  # noqa: PLC0415 - of the extra, for those who use it
        except ImportError as error:
            raise ImportError(
                f"{whose} needs psycopg 3 ({error}), which comes with the extra `postgres`: in a clone, "
                "pip install '.[postgres]'"
            ) from error
        self.errors: type[Exception] = psycopg.Error
        """What `use` raises where the database refuses, or isn't there."""
        self.locked: type[Exception] = psycopg.errors.LockNotAvailable
        """The one of them for others' locks that aren't let go of."""
        self._conninfo = conninfo
        self._how = _HOW
        if within is not None:
            lock_timeout = min(lock_timeout, within)
            self._how = {**_HOW, "connect_timeout": max(2, min(_HOW["connect_timeout"], round(within)))}
        self._lock_timeout = f"{max(1, round(1000 * lock_timeout))}ms"
        self._psycopg: Any = psycopg
        self._demoted = psycopg.errors.ReadOnlySqlTransaction  # by a server that is a replica by now, or not yet the primary
        self._lost = (psycopg.OperationalError, psycopg.InterfaceError, self._demoted)
        self._good = (psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK)
        self._crossed = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
        self._connection: Any = None
        self._is_pooled = False
        self._is_out_of_patience = False
        self._prepared: set[str] = set()
        self._lock = threading.RLock()
        _connections.add(self)

    def use(self, work: Callable[[Any], T], *, patience: float = 0.0) -> T:
        """Does something with the connection; once more where it was lost, and again and again as long as patience lasts.

        Args:
            work: What is done; if the connection is lost meanwhile, nobody knows whether it was.
            patience: Seconds, also for others' locks; none where it has come to its end before, until something is done again.
        """
        with self._lock:
            until, rest = monotonic() + patience, 0.0
            while True:
                is_new = self._connection is None
                try:
                    done = work(self._open())
                except self._lost as error:
                    is_lost = self._connection is None or self._connection.broken or isinstance(error, self._demoted)
                    is_locked = isinstance(error, self.locked)
                    if not (is_lost or is_locked or isinstance(error, self._crossed)):
                        raise
                    if (rest or is_locked or is_new) and (self._is_out_of_patience or monotonic() >= until):
                        self._is_out_of_patience = self._is_out_of_patience or patience > 0
                        raise
                    if is_lost:
                        self.close()
                else:
                    self._is_out_of_patience = False
                    return done
                time.sleep(min(rest, patience))
                rest = min(2 * rest or 0.01, _LONGEST_REST)

    def lose_patience(self) -> None:
        """Lets what is being done come to its end, or fail, without trying again. From any thread."""
        self._is_out_of_patience = True

    def ask(self, statement: str, values: Sequence[str], *, patience: float = 0.0) -> list[list[str | None]]:
        """The rows of a statement that comes often: prepared, and carried out by libpq itself, for a third of the CPU time.

        A pooler may give each transaction another session, in which nothing is prepared.

        Args:
            statement: SQL with `$1`, `$2`, …
            values: Texts.
            patience: Seconds, as of `use`.
        """
        encoded = [value.encode() for value in values]
        return self.use(lambda opened: self._ask(opened, statement, encoded), patience=patience)

    def _ask(self, opened: Any, statement: str, values: list[bytes]) -> list[list[str | None]]:
        if self._is_pooled:
            found = self._check(opened, opened.pgconn.exec_params(statement.encode(), values))
        else:
            name = f"pinpoint_{hash(statement):x}".encode()
            if statement not in self._prepared:
                self._check(opened, opened.pgconn.prepare(name, statement.encode()))
                self._prepared.add(statement)
            found = self._check(opened, opened.pgconn.exec_prepared(name, values))
        rows = [[found.get_value(row, column) for column in range(found.nfields)] for row in range(found.ntuples)]
        return [[None if value is None else value.decode() for value in row] for row in rows]

    def _check(self, opened: Any, result: Any) -> Any:
        """A result, if it is one.

        Raises:
            Exception: One of psycopg's; an `OperationalError` if the connection is lost.
        """
        if result.status in self._good:
            return result
        state = result.error_field(self._psycopg.pq.DiagnosticField.SQLSTATE)
        if opened.broken or not state:  # libpq's own words have no SQLSTATE: it can't go on with the connection
            self.close()
            raise self._psycopg.OperationalError(result.error_message.decode(errors="replace").strip())
        raise self._psycopg.errors.error_from_result(result)

    def close(self) -> None:
        """Closes the connection; the next use makes another."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def leave_to_parent(self) -> None:
        """In a child process: begins anew. What the parent goes on with is neither used nor closed."""
        _left_to_parents.append(self._connection)
        self._connection, self._lock = None, threading.RLock()

    def _open(self) -> Any:
        if self._connection is None or self._connection.closed:
            try:
                how = self._psycopg.conninfo.conninfo_to_dict(self._conninfo)
            except self._psycopg.ProgrammingError:  # whose words may have the password
                said = "the connection string can't be read: see that each part is percent-encoded, if it is a URL"
                raise self._psycopg.ProgrammingError(said) from None
            with words_withheld(self._psycopg, self._conninfo):
                self._connection = self._psycopg.connect(**{**self._how, **how, "client_encoding": "UTF8"}, autocommit=True)
            self._prepared = set()
            self._is_pooled = is_pooled(self._connection)
            if self._is_pooled:
                self._connection.prepare_threshold = None
            else:
                self._connection.execute(_SETTINGS, (self._lock_timeout,))
        return self._connection


def is_pooled(connection: Any) -> bool:
    """Whether a pooler is in between, whose sessions are others' too, so that nothing may be set or prepared in them."""
    (backend,) = connection.execute(_BACKEND).fetchone()
    return bool(backend != connection.info.backend_pid)


@contextlib.contextmanager
def words_withheld(psycopg: Any, conninfo: str) -> Iterator[None]:
    """Withholds why there is no connection where it may name the rest of a password, which libpq ends at the first @."""
    try:
        yield
    except psycopg.Error:
        if conninfo.partition("://")[2].count("@") <= 1:
            raise
        raise psycopg.OperationalError(_AMBIGUOUS) from None


def leave_to_parent() -> None:
    """Lets a child process begin anew with all connections."""
    for connection in [*_connections]:
        connection.leave_to_parent()


with contextlib.suppress(AttributeError):  # Windows doesn't fork
    os.register_at_fork(after_in_child=leave_to_parent)
