"""What the embedded Pinpoint keeps, in SQLite: applications and all that is theirs, deliveries and the requests behind them."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pinpoint_users._shapes.json_text import read_json
from pinpoint_users.directory.rules import folded
from pinpoint_users.local._delivery_log import SCHEMA as DELIVERIES_SCHEMA
from pinpoint_users.local._delivery_log import DeliveryLog
from pinpoint_users.local._exchanges import SCHEMA as EXCHANGES_SCHEMA
from pinpoint_users.local._exchanges import Exchanges
from pinpoint_users.local._reply import as_json

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS applications (id TEXT PRIMARY KEY, document TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS endpoints (
        application_id TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT,
        document TEXT NOT NULL,
        PRIMARY KEY (application_id, id)
    )""",
    "CREATE INDEX IF NOT EXISTS endpoints_by_user ON endpoints (application_id, user_id)",
    """CREATE INDEX IF NOT EXISTS endpoints_by_address
        ON endpoints (application_id, json_extract(document, '$.Address'))""",
    """CREATE TABLE IF NOT EXISTS channels (
        application_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        is_open INTEGER NOT NULL,
        document TEXT,
        PRIMARY KEY (application_id, kind)
    )""",
    """CREATE TABLE IF NOT EXISTS templates (
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        is_active INTEGER NOT NULL DEFAULT 0,
        document TEXT NOT NULL,
        PRIMARY KEY (kind, name, version)
    )""",
    """CREATE TABLE IF NOT EXISTS passwords (
        application_id TEXT NOT NULL,
        number TEXT NOT NULL,
        reference TEXT NOT NULL,
        until REAL NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (application_id, number, reference)
    )""",
)


class ClosedError(RuntimeError):
    """The store was closed."""


class Store:
    """One connection behind one lock; whoever reads or writes does so inside `transaction()`.

    Args:
        database: A file, or ":memory:".
        max_deliveries: How many deliveries are kept; the oldest give way.

    Raises:
        sqlite3.Error: The file isn't one of SQLite's, or can't be written.
        ValueError: It has no name, or is the database of something else.
    """

    def __init__(self, database: str | os.PathLike[str], *, max_deliveries: int) -> None:
        self.max_deliveries = max_deliveries
        """How many deliveries are kept."""
        self._lock = threading.RLock()
        self._is_closed = False
        name = os.fspath(database)
        if not name:
            raise ValueError("the database has an empty name: give a file's, or none, which is memory")
        try:
            self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
            self._connection.create_function("casefold", 1, _casefold, deterministic=True)
            try:
                self._make_tables(name)
            except BaseException:
                self._connection.close()
                raise
        except sqlite3.Error as error:
            raise type(error)(f"{error}: {name}") from error
        self.exchanges: Exchanges = Exchanges(self._connection)
        """The requests behind the deliveries."""
        self.deliveries: DeliveryLog = DeliveryLog(self._connection, self.exchanges, max_deliveries)
        """What went out."""

    def _make_tables(self, name: str) -> None:
        tables = {table for (table,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and not tables >= {"applications", "deliveries"}:
            raise ValueError(f"{name} is the database of something else, as it has tables of other names: give another file")
        # A file needs to outlive the process, not the machine's power: no waiting for the disk.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.transaction():
            for statement in (*_SCHEMA, *DELIVERIES_SCHEMA, *EXCHANGES_SCHEMA):
                self._connection.execute(statement)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written inside; other threads wait."""
        with self._lock:
            if self._is_closed:
                raise ClosedError(
                    "this LocalPinpoint is closed, and what it kept in memory is gone: use it, deliveries() too, "
                    "inside its `with` block, before close()"
                )
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def close(self) -> None:
        """Closes the database; what is in memory is gone."""
        with self._lock:
            self._is_closed = True
            self._connection.close()

    # --- applications

    def put_application(self, document: Mapping[str, Any]) -> None:
        """Adds an application."""
        self._connection.execute("INSERT INTO applications VALUES (?, ?)", (document["Id"], _text(document)))

    def application(self, application_id: str) -> dict[str, Any] | None:
        """An application in AWS's shape."""
        found = self._documents("SELECT document FROM applications WHERE id = ?", (application_id,))
        return found[0] if found else None

    def applications(self) -> list[dict[str, Any]]:
        """Every application, in the order of their creation."""
        return self._documents("SELECT document FROM applications ORDER BY rowid")

    def delete_application(self, application_id: str) -> None:
        """Deletes an application and all that is its own; its deliveries stay."""
        for table in ("endpoints", "channels", "passwords"):
            self._connection.execute(f"DELETE FROM {table} WHERE application_id = ?", (application_id,))  # noqa: S608 - names of ours
        self._connection.execute("DELETE FROM applications WHERE id = ?", (application_id,))

    # --- endpoints

    def put_endpoint(self, document: Mapping[str, Any]) -> None:
        """Adds or replaces an endpoint."""
        user_id = document.get("User", {}).get("UserId")
        row = (document["ApplicationId"], folded(document["Id"]), user_id, _text(document))
        self._connection.execute(
            """INSERT INTO endpoints VALUES (?, ?, ?, ?)
                ON CONFLICT (application_id, id) DO UPDATE SET user_id = excluded.user_id, document = excluded.document""",
            row,
        )

    def endpoints(self, application_id: str, endpoint_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Those of the endpoints that there are, by ID as it is asked for: upper and lower case are the same."""
        found = self._documents(
            f"SELECT document FROM endpoints WHERE application_id = ? AND id IN ({_marks(endpoint_ids)})",  # noqa: S608 - marks only
            (application_id, *map(folded, endpoint_ids)),
        )
        by_key = {folded(document["Id"]): document for document in found}
        return {endpoint_id: by_key[key] for endpoint_id in endpoint_ids if (key := folded(endpoint_id)) in by_key}

    def endpoints_of_users(self, application_id: str, user_ids: Collection[str]) -> dict[str, list[dict[str, Any]]]:
        """The endpoints of each user who has some, in the order of their creation."""
        # Without the index named, SQLite reads all endpoints to spare itself the sorting.
        query = (
            "SELECT document FROM endpoints INDEXED BY endpoints_by_user "  # noqa: S608 - marks only
            f"WHERE application_id = ? AND user_id IN ({_marks(user_ids)}) ORDER BY rowid"
        )
        found = self._documents(query, (application_id, *user_ids))
        by_user: dict[str, list[dict[str, Any]]] = {}
        for document in found:
            by_user.setdefault(document["User"]["UserId"], []).append(document)
        return by_user

    def endpoints_at(self, application_id: str, address: str) -> list[dict[str, Any]]:
        """The endpoints of an address, of whatever channel."""
        return self._documents(
            "SELECT document FROM endpoints WHERE application_id = ? AND json_extract(document, '$.Address') = ?",
            (application_id, address),
        )

    def delete_endpoints(self, application_id: str, endpoint_ids: Iterable[str]) -> None:
        """Deletes endpoints."""
        self._connection.executemany(
            "DELETE FROM endpoints WHERE application_id = ? AND id = ?",
            [(application_id, folded(each)) for each in endpoint_ids],
        )

    # --- channels

    def put_channel(self, application_id: str, kind: str, document: Mapping[str, Any] | None) -> None:
        """Adds or replaces a channel; None is one that was deleted."""
        is_open = document is not None and bool(document["Enabled"])
        text = None if document is None else _text(document)
        self._connection.execute("INSERT OR REPLACE INTO channels VALUES (?, ?, ?, ?)", (application_id, kind, is_open, text))

    def channels(self, application_id: str) -> dict[str, dict[str, Any] | None]:
        """The channels that were touched, by kind."""
        rows = self._connection.execute("SELECT kind, document FROM channels WHERE application_id = ?", (application_id,))
        return {kind: None if document is None else read_json(document) for kind, document in rows}

    def closed_channels(self, application_id: str) -> frozenset[str]:
        """The channels that nothing goes out by."""
        rows = self._connection.execute("SELECT kind FROM channels WHERE application_id = ? AND NOT is_open", (application_id,))
        return frozenset([kind for (kind,) in rows])

    # --- templates

    def put_template(self, kind: str, name: str, version: int, document: Mapping[str, Any]) -> None:
        """Adds a version of a template, or replaces it."""
        self._connection.execute(
            """INSERT INTO templates (kind, name, version, document) VALUES (?, ?, ?, ?)
                ON CONFLICT (kind, name, version) DO UPDATE SET document = excluded.document""",
            (kind, name, version, _text(document)),
        )

    def activate_template(self, kind: str, name: str, version: int) -> None:
        """Makes a version the active one."""
        self._connection.execute(
            "UPDATE templates SET is_active = version = ? WHERE kind = ? AND name = ?", (version, kind, name)
        )

    def template(self, kind: str, name: str) -> dict[int, dict[str, Any]]:
        """Every version of a template, by number."""
        rows = self._connection.execute("SELECT version, document FROM templates WHERE kind = ? AND name = ?", (kind, name))
        return {version: read_json(document) for version, document in rows}

    def active_template(self, kind: str, name: str) -> dict[str, Any] | None:
        """The active version of a template."""
        found = self._documents("SELECT document FROM templates WHERE kind = ? AND name = ? AND is_active", (kind, name))
        return found[0] if found else None

    def active_templates(self) -> list[dict[str, Any]]:
        """The active version of every template, by name."""
        return self._documents("SELECT document FROM templates WHERE is_active ORDER BY name, kind")

    def delete_template(self, kind: str, name: str, versions: Iterable[int]) -> None:
        """Deletes versions of a template."""
        self._connection.executemany(
            "DELETE FROM templates WHERE kind = ? AND name = ? AND version = ?", [(kind, name, each) for each in versions]
        )

    # --- one-time passwords

    def put_password(self, application_id: str, number: str, reference: str, document: Mapping[str, Any]) -> None:
        """Adds or replaces a password."""
        row = (application_id, number, reference, document["Until"], _text(document))
        self._connection.execute("INSERT OR REPLACE INTO passwords VALUES (?, ?, ?, ?, ?)", row)

    def password(self, application_id: str, number: str, reference: str) -> dict[str, Any] | None:
        """A password that was sent to a number, by the reference that it was sent with."""
        found = self._documents(
            "SELECT document FROM passwords WHERE application_id = ? AND number = ? AND reference = ?",
            (application_id, number, reference),
        )
        return found[0] if found else None

    def delete_password(self, application_id: str, number: str, reference: str) -> None:
        """Deletes a password."""
        self._connection.execute(
            "DELETE FROM passwords WHERE application_id = ? AND number = ? AND reference = ?",
            (application_id, number, reference),
        )

    def forget_passwords(self, until: float) -> None:
        """Deletes the passwords whose time is over."""
        self._connection.execute("DELETE FROM passwords WHERE until <= ?", (until,))

    def rows(self, query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query of the inbox finds. `casefold` is Python's there, of bytes."""
        return self._connection.execute(query, tuple(parameters)).fetchall()

    def _documents(self, query: str, parameters: Iterable[Any] = ()) -> list[dict[str, Any]]:
        return [read_json(document) for (document,) in self._connection.execute(query, tuple(parameters))]


def _text(document: Mapping[str, Any]) -> str:
    return as_json(document).decode()


def _casefold(text: bytes) -> str:
    return text.decode("utf-8", "replace").casefold()  # a lone surrogate isn't UTF-8


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
