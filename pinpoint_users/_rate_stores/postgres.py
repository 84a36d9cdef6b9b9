"""Rates in a table of PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from pinpoint_users._postgres import is_pooled, words_withheld
from pinpoint_users._rate_stores.base import ANSWER_TIMEOUT, CONNECT_TIMEOUT, store_error, url_refused

T = TypeVar("T")

_LOCK = 0x70_69_6E_70_72_61_74_65
"""The advisory lock of who makes the table: "pinprate"."""
_SETTINGS = "SELECT set_config('synchronous_commit', 'off', false), set_config('statement_timeout', %s, false)"
_READ = "SELECT (SELECT state FROM pinpoint_rates WHERE name = %s), extract(epoch FROM clock_timestamp())::float8"
_INSERT = "INSERT INTO pinpoint_rates (name, state) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_REPLACE = "UPDATE pinpoint_rates SET state = %s WHERE name = %s AND state = %s"
_CREATE = "CREATE TABLE IF NOT EXISTS pinpoint_rates (name text PRIMARY KEY, state text NOT NULL) WITH (fillfactor = 25)"


class PostgresRateStore:
    """A table of PostgreSQL, `pinpoint_rates`, which is made if absent: the extra `postgres`.

    Args:
        url: How to connect.
    """

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415 - of the extra, for those who use it
            from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - likewise
        except ImportError as error:
            raise ImportError(
                f"RateLimit.shared needs psycopg 3 for PostgreSQL ({error}), which comes with the extra `postgres`: in a "
                "clone, pip install '.[postgres]'"
            ) from error
        # An interrupted network is noticed soon; what the URL says comes first.
        usual = {"connect_timeout": CONNECT_TIMEOUT, "tcp_user_timeout": 1000 * ANSWER_TIMEOUT}
        try:
            self._settings: Any = {**usual, **conninfo_to_dict(url)}
        except psycopg.Error:
            raise url_refused("PostgreSQL") from None
        self._psycopg = psycopg
        self._url = url
        self._connection: Any = None

    def read(self, key: str) -> tuple[str | None, float]:
        """The text of a key, and the store's time."""
        row: tuple[str | None, float] = self._run(lambda connection: connection.execute(_READ, (key,)).fetchone())
        return row

    def replace(self, key: str, old: str | None, new: str) -> bool:
        """Puts a text in the place of another one."""
        query, values = (_INSERT, (key, new)) if old is None else (_REPLACE, (new, key, old))
        return self._run(lambda connection: bool(connection.execute(query, values).rowcount))

    def close(self) -> None:
        """Closes the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _run(self, use: Callable[[Any], T]) -> T:
        """Uses the connection; once more where it is lost, such as by a server that began anew."""
        try:
            had = self._connection is not None
            try:
                return use(self._open())
            except self._psycopg.OperationalError:
                if not had or (self._connection is not None and not self._connection.broken):
                    raise
                self.close()
                return use(self._open())
        except (self._psycopg.Error, OSError) as error:
            failed = store_error("PostgreSQL", self._url, error)
        self.close()
        raise failed

    def _open(self) -> Any:
        if self._connection is None:
            with words_withheld(self._psycopg, self._url):
                connection = self._psycopg.connect(**self._settings, autocommit=True, prepare_threshold=None)
            self._connection = connection
            if not is_pooled(connection):  # a rate that a crash sets back by a moment costs nothing
                connection.execute(_SETTINGS, (str(1000 * ANSWER_TIMEOUT),))
            if connection.execute("SELECT to_regclass('pinpoint_rates')").fetchone() == (None,):
                with connection.transaction():
                    connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
                    connection.execute(_CREATE)
        return self._connection
