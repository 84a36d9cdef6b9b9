"""What the embedded Pinpoint keeps, in SQLite: applications, endpoints, deliveries and the requests behind them."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from pinpoint_users.directory.rules import folded

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
    "CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY, document TEXT NOT NULL)",
    # Under the number of its last delivery, with which it goes: a delivery's exchange is the next one from its own number on.
    """CREATE TABLE IF NOT EXISTS exchanges (
        number INTEGER PRIMARY KEY,
        request_id TEXT NOT NULL,
        at TEXT NOT NULL,
        operation TEXT NOT NULL,
        ends TEXT NOT NULL,
        status INTEGER NOT NULL,
        request BLOB NOT NULL,
        answer BLOB NOT NULL
    )""",
    """CREATE TRIGGER IF NOT EXISTS exchanges_go AFTER DELETE ON deliveries
        BEGIN DELETE FROM exchanges WHERE number = OLD.number; END""",
)


class ClosedError(RuntimeError):
    """The store was closed."""


class Store:
    """One connection behind one lock; whoever reads or writes does so inside `transaction()`.

    Args:
        database: A file, or ":memory:".
    """

    def __init__(self, database: str | os.PathLike[str]) -> None:
        self._lock = threading.RLock()
        self._is_closed = False
        self._connection = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        # A file needs to outlive the process, not the machine's power: no waiting for the disk.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.create_function("casefold", 1, _casefold, deterministic=True)
        with self.transaction():
            for statement in _SCHEMA:
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
        self._connection.execute("INSERT INTO applications VALUES (?, ?)", (document["Id"], json.dumps(document)))

    def application(self, application_id: str) -> dict[str, Any] | None:
        """An application in AWS's shape."""
        found = self._documents("SELECT document FROM applications WHERE id = ?", (application_id,))
        return found[0] if found else None

    def applications(self) -> list[dict[str, Any]]:
        """Every application, in the order of their creation."""
        return self._documents("SELECT document FROM applications ORDER BY rowid")

    def delete_application(self, application_id: str) -> None:
        """Deletes an application and its endpoints; its deliveries stay."""
        self._connection.execute("DELETE FROM endpoints WHERE application_id = ?", (application_id,))
        self._connection.execute("DELETE FROM applications WHERE id = ?", (application_id,))

    # --- endpoints

    def put_endpoint(self, document: Mapping[str, Any]) -> None:
        """Adds or replaces an endpoint."""
        user_id = document.get("User", {}).get("UserId")
        row = (document["ApplicationId"], folded(document["Id"]), user_id, json.dumps(document))
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

    def delete_endpoints(self, application_id: str, endpoint_ids: Iterable[str]) -> None:
        """Deletes endpoints."""
        self._connection.executemany(
            "DELETE FROM endpoints WHERE application_id = ? AND id = ?",
            [(application_id, folded(each)) for each in endpoint_ids],
        )

    # --- deliveries

    def put_deliveries(self, documents: Iterable[Mapping[str, Any]]) -> None:
        """Keeps deliveries, in this order."""
        self._connection.executemany(
            "INSERT INTO deliveries (document) VALUES (?)", [(json.dumps(document),) for document in documents]
        )

    def deliveries(self) -> list[dict[str, Any]]:
        """Every delivery, in the order of sending."""
        return self._documents("SELECT document FROM deliveries ORDER BY number")

    def clear_deliveries(self) -> None:
        """Forgets every delivery."""
        self._connection.execute("DELETE FROM deliveries")

    def put_exchange(self, request_id: str, at: str, operation: str, request: bytes, answer: tuple[str, int, bytes]) -> None:
        """Keeps the request behind the deliveries that were kept last, if it was what made them.

        Args:
            request_id: Its ID.
            at: When it came, in ISO 8601.
            operation: AWS's name of the operation.
            request: Its body.
            answer: How it ended, the status and the body.
        """
        self._connection.execute(
            """INSERT OR IGNORE INTO exchanges
                SELECT * FROM (SELECT max(number) AS number, ?, ?, ?, ?, ?, ?, ? FROM deliveries) WHERE number IS NOT NULL""",
            (request_id, at, operation, *answer[:2], request, answer[2]),
        )

    def change_answer(self, request_id: str, answer: tuple[str, int, bytes]) -> None:
        """Keeps what was answered in place of what would have been."""
        self._connection.execute(
            "UPDATE exchanges SET ends = ?, status = ?, answer = ? WHERE request_id = ?", (*answer, request_id)
        )

    def rows(self, query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query of the inbox finds. `casefold` is Python's there, of bytes."""
        return self._connection.execute(query, tuple(parameters)).fetchall()

    def _documents(self, query: str, parameters: Iterable[Any] = ()) -> list[dict[str, Any]]:
        return [json.loads(document) for (document,) in self._connection.execute(query, tuple(parameters))]


def _casefold(text: bytes) -> str:
    return text.decode("utf-8", "replace").casefold()  # a lone surrogate isn't UTF-8


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))
