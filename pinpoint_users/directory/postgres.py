"""A directory in a table of PostgreSQL."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pinpoint_users._postgres import LOCKED, PostgresConnection
from pinpoint_users._shapes.json_text import read_json, write_json
from pinpoint_users._shapes.writing import to_wire
from pinpoint_users.directory._documents import short_hash
from pinpoint_users.directory.rules import Changes, Wanted, folded, user_id_of
from pinpoint_users.directory.stored import StoredDirectory
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.errors import DirectoryError, Fault, ValidationError

_AT_A_TIME = 1_000
_LOCK_TIMEOUT = 60.0
"""Seconds for which others' locks are waited for, those of others who write among them."""


class PostgresDirectory(StoredDirectory):
    """A directory in a table of PostgreSQL, for many machines: the extra `postgres`, which is psycopg 3.

    The table is made if absent, with three indexes. Who writes waits for the others who write; who looks up waits for nobody. A
    table that is locked is waited for for 60 seconds, unless the role, the database or `conninfo` sets a `lock_timeout`. A lost
    connection is made again. A process that forks may go on using it on both sides.

    Args:
        conninfo: How to connect, as psycopg takes it: `postgresql://user@host/database`; by default as the environment says.
        table: The table's name: letters, digits and `_`.

    Raises:
        ImportError: The extra `postgres` isn't installed.
        ValidationError: The table's name isn't one.
        DirectoryError: The database can't be reached.
    """

    def __init__(self, conninfo: str = "", *, table: str = "pinpoint_endpoints") -> None:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,47}", table):
            raise ValidationError("PostgresDirectory", [Fault("table", "must be letters, digits and _, at most 48")])
        self._connection = PostgresConnection(conninfo, whose="PostgresDirectory", lock_timeout=_LOCK_TIMEOUT)
        self._table = table
        self._run(self._create)

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of at most 100 users, by one query; users without endpoints are absent.

        Raises:
            DirectoryError: The database can't be read.
        """
        wanted = set(user_ids)
        found: dict[str, list[Endpoint]] = {}
        query = f"SELECT user_id, document FROM {self._table} WHERE user_hash = ANY(%s) ORDER BY number"  # noqa: S608 - a checked name
        hashes = [short_hash(user_id) for user_id in wanted]
        rows = self._run(lambda connection: connection.execute(query, (hashes,)).fetchall())
        for user_id, document in [row for row in rows if row[0] in wanted]:
            found.setdefault(user_id, []).append(_read(document))
        return found

    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, in the order in which they came; those that come meanwhile too.

        Raises:
            DirectoryError: The database can't be read.
        """
        query = f"SELECT number, document FROM {self._table} WHERE number > %s ORDER BY number LIMIT {_AT_A_TIME}"  # noqa: S608 - a checked name
        last = 0
        while rows := self._page(query, (last,)):
            last = rows[-1][0]
            for _, document in rows:
                yield _read(document)

    def user_ids(self) -> Iterator[str]:
        """Every user's ID, each once, in no order; those that come meanwhile may be missing.

        Raises:
            DirectoryError: The database can't be read.
        """
        query = (
            f'SELECT DISTINCT user_hash, user_id COLLATE "C" AS id FROM {self._table} '  # noqa: S608 - a checked name
            f'WHERE user_hash >= %s AND (user_hash, user_id COLLATE "C") > (%s, %s) ORDER BY user_hash, id LIMIT {_AT_A_TIME}'
        )
        last = (-1, "")
        while rows := self._page(query, (last[0], *last)):
            last = rows[-1]
            for _, user_id in rows:
                yield user_id

    def _page(self, query: str, last: Sequence[object]) -> list[tuple[int, str]]:
        rows: list[tuple[int, str]] = self._run(lambda connection: connection.execute(query, last).fetchall())
        return rows

    def close(self) -> None:
        """Closes the connection; the next use makes another."""
        self._connection.close()

    # --- reading and writing

    def _create(self, connection: Any) -> None:
        with self._writing(connection):
            connection.execute(
                f"""CREATE TABLE IF NOT EXISTS {self._table} (
                    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                    id_hash BIGINT NOT NULL,
                    user_hash BIGINT,
                    address_hash BIGINT NOT NULL,
                    key TEXT NOT NULL,
                    user_id TEXT,
                    document TEXT NOT NULL
                )"""
            )
            for column in ("id_hash", "user_hash", "address_hash"):
                connection.execute(f"CREATE INDEX IF NOT EXISTS {self._table}_{column} ON {self._table} ({column})")

    def _update(self, wanted: Wanted, decide: Callable[[list[Endpoint]], Changes]) -> None:
        self._run(lambda connection: self._change_rows(connection, wanted, decide))

    def _change_rows(self, connection: Any, wanted: Wanted, decide: Callable[[list[Endpoint]], Changes]) -> None:
        hashes = [[short_hash(text) for text in texts] for texts in (wanted.keys, wanted.user_ids, wanted.addresses)]
        query = (
            f"SELECT number, key, document FROM {self._table} "  # noqa: S608 - a checked name
            "WHERE id_hash = ANY(%s) OR user_hash = ANY(%s) OR address_hash = ANY(%s) ORDER BY number"
        )
        with self._writing(connection):
            rows = connection.execute(query, hashes).fetchall()
            numbers = {key: number for number, key, _ in rows}
            changes = decide([_read(document) for _, _, document in rows])
            gone = [numbers[key] for key, endpoint in changes.items() if endpoint is None]
            changed = [(*_row(endpoint), numbers.get(key)) for key, endpoint in changes.items() if endpoint is not None]
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {self._table} WHERE number = ANY(%s)", (gone,))  # noqa: S608 - a checked name
                cursor.executemany(
                    f"UPDATE {self._table} SET id_hash = %s, user_hash = %s, address_hash = %s, key = %s, user_id = %s, "  # noqa: S608 - a checked name
                    "document = %s WHERE number = %s",
                    [row for row in changed if row[-1] is not None],
                )
                cursor.executemany(
                    f"INSERT INTO {self._table} (id_hash, user_hash, address_hash, key, user_id, document) "  # noqa: S608 - a checked name
                    "VALUES (%s, %s, %s, %s, %s, %s)",
                    [row[:-1] for row in changed if row[-1] is None],
                )

    @contextlib.contextmanager
    def _writing(self, connection: Any) -> Iterator[None]:
        """A transaction, and no other that writes to the table."""
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (short_hash(f"pinpoint_users.{self._table}"),))
            yield

    def _run(self, use: Callable[[Any], Any]) -> Any:
        try:
            return self._connection.use(use)
        except self._connection.locked as error:
            raise DirectoryError(f"the table {self._table} of PostgreSQL can't be used: {LOCKED} ({error})") from error
        except self._connection.errors as error:
            raise DirectoryError(f"the table {self._table} of PostgreSQL can't be used: {error}") from error


def _row(endpoint: Endpoint) -> tuple[int, int | None, int, str, str | None, str]:
    key, user_id = folded(endpoint.endpoint_id), user_id_of(endpoint)
    return (
        short_hash(key),
        None if user_id is None else short_hash(user_id),
        short_hash(endpoint.address),
        key,
        user_id,
        write_json(to_wire(endpoint)).decode(),
    )


def _read(document: str) -> Endpoint:
    return Endpoint.from_dict(read_json(document.encode()))
