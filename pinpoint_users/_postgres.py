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
_NEVER_COMPILED = "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'jit'"
"""In a large table, a statement of a thousand users looks so costly that the server would compile it first, for 0.1 s."""
_LONGEST_REST = 1.0
_AMBIGUOUS = "no connection, and the URL has more than one @: in a user name, a password and parameters, write it as %40"
_connections: weakref.WeakSet[PostgresConnection] = weakref.WeakSet()
_left_to_parents: list[Any] = []


class PostgresConnection:
    """A connection, for one thread at a time.

    Args:
        conninfo: How to connect, as psycopg takes it.
        whose: What needs it, for who lacks the extra.

    Raises:
        ImportError: The extra `postgres` isn't installed.
    """

    def __init__(self, conninfo: str, *, whose: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - of the extra, for those who use it
        except ImportError as error:
            raise ImportError(
                f"{whose} needs psycopg 3 ({error}), which comes with the extra `postgres`: in a clone, "
                "pip install '.[postgres]'"
            ) from error
        self.errors: type[Exception] = psycopg.Error
        """What `use` raises where the database refuses, or isn't there."""
        self._conninfo = conninfo
        self._psycopg: Any = psycopg
        self._lost = (psycopg.OperationalError, psycopg.InterfaceError)
        self._good = (psycopg.pq.ExecStatus.COMMAND_OK, psycopg.pq.ExecStatus.TUPLES_OK)
        self._crossed = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
        self._connection: Any = None
        self._prepared: set[str] = set()
        self._lock = threading.RLock()
        _connections.add(self)

    def use(self, work: Callable[[Any], T], *, patience: float = 0.0) -> T:
        """Does something with the connection; once more where it was lost, and again and again as long as patience lasts.

        Args:
            work: What is done; if the connection is lost meanwhile, nobody knows whether it was.
            patience: Seconds.
        """
        with self._lock:
            until, rest = monotonic() + patience, 0.0
            while True:
                try:
                    return work(self._open())
                except self._lost as error:
                    is_lost = self._connection is None or self._connection.broken
                    if not (is_lost or isinstance(error, self._crossed)) or (rest and monotonic() >= until):
                        raise
                    if is_lost:
                        self.close()
                time.sleep(min(rest, patience))
                rest = min(2 * rest or 0.01, _LONGEST_REST)

    def ask(self, statement: str, values: Sequence[str], *, patience: float = 0.0) -> list[list[str | None]]:
        """The rows of a statement that comes often: prepared, and carried out by libpq itself, for a third of the CPU time.

        Args:
            statement: SQL with `$1`, `$2`, …
            values: Texts.
            patience: Seconds, as of `use`.
        """
        encoded = [value.encode() for value in values]
        return self.use(lambda opened: self._ask(opened, statement, encoded), patience=patience)

    def _ask(self, opened: Any, statement: str, values: list[bytes]) -> list[list[str | None]]:
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
                self._connection = self._psycopg.connect(**{**_HOW, **how, "client_encoding": "UTF8"}, autocommit=True)
            self._prepared = set()
            self._connection.execute(_NEVER_COMPILED)
        return self._connection


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
