"""The deliveries that are kept: bounded by their number and by their bytes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pinpoint_users._shapes.json_text import read_json
from pinpoint_users.local._exchanges import Exchanges
from pinpoint_users.local._reply import as_json

MAX_DELIVERY_BYTES = 200_000_000
"""The bytes of the deliveries that are kept; the oldest give way."""
_WRITTEN_AT_ONCE = 1_000_000
"""The bytes that wait until they are written: one request may send 7 MB to each of 1,500 endpoints."""

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY, document TEXT NOT NULL)",
    # The sum is the file's own, as several processes may write to it.
    "CREATE TABLE IF NOT EXISTS delivery_bytes (total INTEGER NOT NULL)",
    """INSERT INTO delivery_bytes SELECT (SELECT coalesce(sum(length(CAST(document AS BLOB))), 0) FROM deliveries)
        WHERE NOT EXISTS (SELECT 1 FROM delivery_bytes)""",
)


class DeliveryLog:
    """The deliveries in a store, inside of whose transactions all is done.

    Args:
        connection: The store's, whose tables are there.
        exchanges: The requests behind them, which go with them.
        most: How many are kept; the oldest give way.
    """

    def __init__(self, connection: sqlite3.Connection, exchanges: Exchanges, most: int) -> None:
        self._connection = connection
        self._exchanges = exchanges
        self._most = most

    @contextlib.contextmanager
    def keeping(self) -> Iterator[Callable[[Mapping[str, Any]], None]]:
        """Gives what keeps a delivery, in the order of its calls; all are there at the end of the `with` block."""
        texts: list[tuple[str]] = []
        size = 0

        def keep(document: Mapping[str, Any]) -> None:
            nonlocal size
            text = as_json(document)
            texts.append((text.decode(),))
            size += len(text)
            if size > _WRITTEN_AT_ONCE:
                write()

        def write() -> None:
            nonlocal size
            self._connection.executemany("INSERT INTO deliveries (document) VALUES (?)", texts)
            self._give_way(size)
            texts.clear()
            size = 0

        yield keep
        if texts:
            write()

    def all(self) -> list[dict[str, Any]]:
        """Every delivery, in the order of sending."""
        rows = self._connection.execute("SELECT document FROM deliveries ORDER BY number")
        return [read_json(document) for (document,) in rows]

    def emails_of_ses(self) -> int:
        """How many of them are e-mails that SES v2 sent."""
        ((count,),) = self._connection.execute(
            """SELECT count(*) FROM deliveries WHERE json_extract(document, '$.application_id') = ''
                AND json_extract(document, '$.channel_type') = 'EMAIL'"""
        )
        return int(count)

    def clear(self) -> None:
        """Forgets every delivery, and the requests behind them."""
        self._connection.execute("DELETE FROM deliveries")
        self._connection.execute("UPDATE delivery_bytes SET total = 0")
        self._exchanges.forget()

    def _give_way(self, added: int) -> None:
        ((total, last),) = self._connection.execute("SELECT total, (SELECT max(number) FROM deliveries) FROM delivery_bytes")
        until = last - self._most
        ((freed,),) = self._connection.execute(
            "SELECT coalesce(sum(length(CAST(document AS BLOB))), 0) FROM deliveries WHERE number <= ?", (until,)
        )
        total += added - freed
        if total > MAX_DELIVERY_BYTES:
            rows = self._connection.execute(
                "SELECT number, length(CAST(document AS BLOB)) FROM deliveries WHERE number > ? ORDER BY number", (until,)
            )
            while total > MAX_DELIVERY_BYTES:
                until, size = next(rows, (last, total))
                total -= size
        self._connection.execute("DELETE FROM deliveries WHERE number <= ?", (until,))
        self._connection.execute("UPDATE delivery_bytes SET total = ?", (total,))
        self._exchanges.forget(until)
