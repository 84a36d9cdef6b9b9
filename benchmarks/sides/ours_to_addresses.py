"""This package to push and SMS by addresses, of a directory in a file of SQLite."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from benchmarks.audience import APPLICATION_ID, STORED, TO_APPS_AND_PHONES, apps_and_phones, row, rows
from benchmarks.sides.ours import successful, users
from pinpoint_users import DirectMessageConfiguration, Endpoint, EndpointUser, PinpointUsers
from pinpoint_users.directory import SQLiteDirectory
from pinpoint_users.enums import ChannelType


class ToDirectory:
    """Sends by `stream` to the endpoints of a directory.

    Args:
        url: The stub server.
        concurrency: Requests at a time.
        message: The message.
        addresses_of: The addresses of a user by number.
        client: What else the client is told.
    """

    def __init__(
        self,
        url: str,
        concurrency: int,
        message: DirectMessageConfiguration,
        addresses_of: Callable[[int], list[tuple[str, str]]],
        **client: Any,
    ) -> None:
        self._message = message
        self._folder = tempfile.TemporaryDirectory()
        self._directory = SQLiteDirectory(Path(self._folder.name, "users.db"))
        self._directory.import_endpoints(
            Endpoint(channel_type=cast("ChannelType", channel), address=address, user=EndpointUser(user_id=row(number)[0]))
            for number in range(STORED)
            for channel, address in addresses_of(number)
        )
        self._client = PinpointUsers(
            APPLICATION_ID,
            region_name="eu-west-1",
            endpoint_url=url,
            concurrency=concurrency,
            directory=self._directory,
            **client,
        )

    def send_many(self, first: int, count: int) -> int:
        """Looks up, builds and sends to users by number, and reads each endpoint's status."""
        return successful(self._client.stream(self._message, users(rows(first, count))))

    def send_one(self, number: int) -> int:
        """Sends to one user and reads each endpoint's status."""
        return self.send_many(number, 1)

    def close(self) -> None:
        """Frees the threads and connections."""
        self._client.close()
        self._directory.close()
        self._folder.cleanup()


def connect(url: str, concurrency: int) -> ToDirectory:
    """Makes the client."""
    message = DirectMessageConfiguration.from_dict(TO_APPS_AND_PHONES)
    return ToDirectory(url, concurrency, message, apps_and_phones)
