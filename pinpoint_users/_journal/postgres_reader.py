"""What a journal in PostgreSQL knows of a whole run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pinpoint_users._journal import schema
from pinpoint_users._journal.database_errors import check_version, name_of, translated_errors
from pinpoint_users._journal.record import Record
from pinpoint_users._journal.rows import decode
from pinpoint_users._postgres import PostgresConnection
from pinpoint_users.errors import RunNotFoundError
from pinpoint_users.journal import Journal

_ROWS = 2_000
"""How many are fetched at a time."""


class PostgresReader:
    """What is known of a whole run, read without being one of its workers.

    Args:
        journal: Where it is.

    Raises:
        JournalError: It can't be read; a `RunNotFoundError` if there is no such run.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._where = name_of(journal)

    def records(self) -> Iterator[Record]:
        """What is known of each user, in constant memory, as it was when the first one is asked for."""
        with self._snapshot() as (connection, run):
            for key, record in _rows(connection, schema.ALL, run):
                yield decode(key, record)

    def tally(self) -> Iterator[tuple[Record, int]]:
        """The same, those of whom it comes to the same taken together, with their number."""
        with self._snapshot() as (connection, run):
            for record, count in connection.execute(schema.TALLY, (run,)).fetchall():
                yield decode("", record), count
            for key, record in _rows(connection, schema.OTHERS, run):
                yield decode(key, record), 1

    @contextmanager
    def _snapshot(self) -> Iterator[tuple[Any, int]]:
        connection = PostgresConnection(self._journal.path, whose="a journal in PostgreSQL")
        try:
            with translated_errors(connection, self._where, "read"):
                opened = connection.use(lambda opened: opened)
                if not opened.execute(schema.EXISTS).fetchone()[0]:
                    raise RunNotFoundError(f"{self._where}: there is no such run: no run has begun in this database")
                check_version(self._where, schema.version_of(opened))
                with opened.transaction():
                    opened.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    run = opened.execute(schema.FIND_RUN, (self._journal.run,)).fetchone()
                    if run is None:
                        raise RunNotFoundError(
                            f"{self._where}: there is no such run: see that its name is spelt as its workers do"
                        )
                    yield opened, run[0]
        finally:
            connection.close()


def _rows(connection: Any, statement: str, run: int) -> Iterator[Any]:
    with connection.cursor(name="pinpoint_journal") as cursor:
        cursor.itersize = _ROWS
        cursor.execute(statement, (run,))
        yield from cursor
