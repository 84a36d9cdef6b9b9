"""This package by `send`, which keeps the results of all users."""

from __future__ import annotations

from benchmarks.audience import rows
from benchmarks.sides.ours import Ours, client_for, message, successful, users


class OursBySend(Ours):
    """Sends by `send`."""

    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""
        return successful(self._client.send(message, users(rows(first, count))).users.values())


def connect(url: str, concurrency: int) -> OursBySend:
    """Makes the client."""
    return OursBySend(client_for(url, concurrency))
