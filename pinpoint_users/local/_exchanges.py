"""The requests behind the deliveries, and their answers, as the inbox shows them: bounded by their bytes."""

from __future__ import annotations

import math
import sqlite3
from typing import TypeAlias

MAX_EXCHANGE_BYTES = 100_000_000
"""The bytes of requests and answers that are kept; the oldest give way."""

Ending: TypeAlias = tuple[str, int, bytes]
"""How a request ended, "answer" unless by a fault, and the status and the body of the answer."""

# What gave way keeps its row, with an empty request, so that its deliveries don't find the next one. The sum is the file's own,
# as several processes may write to it.
SCHEMA = (
    # Under the number of its last delivery: a delivery's exchange is the next one from its own number on.
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
    "CREATE INDEX IF NOT EXISTS exchanges_whole ON exchanges (number) WHERE length(request) > 0",
    "CREATE TABLE IF NOT EXISTS exchange_bytes (total INTEGER NOT NULL)",
    """INSERT INTO exchange_bytes SELECT (SELECT coalesce(sum(length(request) + length(answer)), 0) FROM exchanges)
        WHERE NOT EXISTS (SELECT 1 FROM exchange_bytes)""",
    "DROP TRIGGER IF EXISTS exchanges_go",  # of files of before, where each delivery that went took its exchange along
    """CREATE TRIGGER IF NOT EXISTS exchange_comes AFTER INSERT ON exchanges
        BEGIN UPDATE exchange_bytes SET total = total + length(NEW.request) + length(NEW.answer); END""",
    """CREATE TRIGGER IF NOT EXISTS exchange_changes AFTER UPDATE ON exchanges
        BEGIN UPDATE exchange_bytes SET total = total
            + length(NEW.request) + length(NEW.answer) - length(OLD.request) - length(OLD.answer); END""",
    """CREATE TRIGGER IF NOT EXISTS exchange_goes AFTER DELETE ON exchanges
        BEGIN UPDATE exchange_bytes SET total = total - length(OLD.request) - length(OLD.answer); END""",
)


class Exchanges:
    """The requests and answers in a store, inside of whose transactions all is done.

    Args:
        connection: The store's, whose tables are there.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, request_id: str, at: str, operation: str, request: bytes, ending: Ending) -> None:
        """Keeps the request behind the deliveries that were kept last, if it was what made them.

        Args:
            request_id: Its ID.
            at: When it came, in ISO 8601.
            operation: AWS's name of the operation.
            request: Its body.
            ending: How it ended.
        """
        self._connection.execute(
            """INSERT OR IGNORE INTO exchanges
                SELECT number, ?, ?, ?, ?, ?, ?, ? FROM deliveries ORDER BY number DESC LIMIT 1""",
            (request_id, at, operation, *ending[:2], request, ending[2]),
        )
        self._give_way()

    def change(self, request_id: str, ending: Ending) -> None:
        """Keeps what was answered in place of what would have been."""
        self._connection.execute(
            "UPDATE exchanges SET ends = ?, status = ?, answer = ? WHERE request_id = ? AND length(request) > 0",
            (*ending, request_id),
        )
        self._give_way()

    def forget(self, until: float = math.inf) -> None:
        """Forgets those whose last delivery has gone: all of them, or up to this number."""
        self._connection.execute("DELETE FROM exchanges WHERE number <= ?", (until,))

    def _give_way(self) -> None:
        while self._total() > MAX_EXCHANGE_BYTES:
            self._connection.execute(
                """UPDATE exchanges SET request = x'', answer = x''
                    WHERE number = (SELECT min(number) FROM exchanges WHERE length(request) > 0)"""
            )

    def _total(self) -> int:
        ((total,),) = self._connection.execute("SELECT total FROM exchange_bytes")
        return int(total)
