"""boto3 to push and SMS by addresses, which are looked up in a table of SQLite."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.audience import APPLICATION_ID, STORED, TO_APPS_AND_PHONES, Row, apps_and_phones, batches, row
from benchmarks.sides.plain_boto3 import client_for

_AT_MOST = 100

Addresses = dict[str, list[tuple[str, str]]]
"""The channel and address of each endpoint, by user."""


class Table:
    """A table of users' addresses, as an application has one.

    Args:
        addresses_of: The addresses of a user by number.
    """

    def __init__(self, addresses_of: Callable[[int], list[tuple[str, str]]]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name, "users.db")
        self._thread = threading.local()
        with self._connection() as connection:
            connection.execute("CREATE TABLE endpoints (user_id TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL)")
            stored = ((row(number)[0], *each) for number in range(STORED) for each in addresses_of(number))
            connection.executemany("INSERT INTO endpoints VALUES (?, ?, ?)", stored)
            connection.execute("CREATE INDEX endpoints_of_user ON endpoints (user_id)")

    def _connection(self) -> sqlite3.Connection:
        """A connection for each thread."""
        if not hasattr(self._thread, "connection"):
            self._thread.connection = sqlite3.connect(self._path)
        connection: sqlite3.Connection = self._thread.connection
        return connection

    def addresses(self, batch: list[Row]) -> Addresses:
        """The addresses of some users."""
        query = f"SELECT user_id, channel, address FROM endpoints WHERE user_id IN ({', '.join('?' * len(batch))})"  # noqa: S608 - marks only
        found: Addresses = {}
        for user_id, channel, address in self._connection().execute(query, [user[0] for user in batch]):
            found.setdefault(user_id, []).append((channel, address))
        return found

    def close(self) -> None:
        """Deletes it."""
        self._folder.cleanup()


class ToTable:
    """Sends through boto3 to the addresses of a table.

    Args:
        client: The boto3 client.
        concurrency: Threads that send.
        table: The table.
    """

    def __init__(self, client: Any, concurrency: int, table: Table) -> None:
        self._client = client
        self._table = table
        self._threads = ThreadPoolExecutor(concurrency) if concurrency > 1 else None

    def send_many(self, first: int, count: int) -> int:
        """Looks up, builds and sends to users by number, and reads each endpoint's status."""
        run = self._threads.map if self._threads else map
        return sum(run(self._send_batch, batches(first, count)))

    def send_one(self, number: int) -> int:
        """Sends to one user and reads each endpoint's status."""
        return self._send_batch([row(number)])

    def close(self) -> None:
        """Frees the threads and connections."""
        if self._threads:
            self._threads.shutdown()
        self._client.close()
        self._table.close()

    def _send_batch(self, batch: list[Row]) -> int:
        found = self._table.addresses(batch)
        addresses = [
            (address, {"ChannelType": channel, "Substitutions": {"name": [name], "order": [order], "code": [code]}})
            for user_id, name, order, code in batch
            for channel, address in found.get(user_id, ())
        ]
        return sum(self._post(dict(addresses[start : start + _AT_MOST])) for start in range(0, len(addresses), _AT_MOST))

    def _post(self, addresses: dict[str, Any]) -> int:
        request = {"MessageConfiguration": TO_APPS_AND_PHONES, "Addresses": addresses}
        output = self._client.send_messages(ApplicationId=APPLICATION_ID, MessageRequest=request)
        return sum(result["DeliveryStatus"] == "SUCCESSFUL" for result in output["MessageResponse"]["Result"].values())


def connect(url: str, concurrency: int) -> ToTable:
    """Makes the client."""
    return ToTable(client_for(url, concurrency), concurrency, Table(apps_and_phones))
