"""The sides: each sends the same users the same message, as a good developer writes it with that library."""

from __future__ import annotations

import abc
import importlib
from collections.abc import Callable
from typing import Protocol


class Side(Protocol):
    """A connected client of one library, and the program around it.

    What sends returns how many endpoints' results said SUCCESSFUL, so that every result has been read.
    """

    @abc.abstractmethod
    def send_many(self, first: int, count: int) -> int:
        """Builds and sends to users by number, by 100 a request, and reads each endpoint's status."""

    @abc.abstractmethod
    def send_one(self, number: int) -> int:
        """Sends a one-time password to one user and reads each endpoint's status."""

    @abc.abstractmethod
    def close(self) -> None:
        """Frees what it holds."""


SIDES = {
    "boto3": "plain_boto3",
    "types-boto3": "plain_boto3",
    "boto3-dataclass-pinpoint": "dataclass_pinpoint",
    "capo-pinpoint": "capo",
    "aioboto3": "aio",
    "floor": "floor",
    "ours": "ours",
    "ours, async": "ours_async",
    "ours, send": "ours_send",
    "ours, send_users_messages": "ours_one_call",
    "boto3 to addresses": "boto3_to_addresses",
    "boto3 to mailboxes": "boto3_to_mailboxes",
    "ours to addresses": "ours_to_addresses",
    "ours to mailboxes": "ours_to_mailboxes",
    "ours by a function": "ours_by_a_function",
}
"""The module of each side, by the side's name."""


def connect(name: str, url: str, concurrency: int) -> Side:
    """Makes a side by name.

    Args:
        name: One of `SIDES`.
        url: The stub server.
        concurrency: Requests at a time.

    Raises:
        ImportError: Its library isn't installed.
    """
    make: Callable[[str, int], Side] = importlib.import_module(f"benchmarks.sides.{SIDES[name]}").connect
    return make(url, concurrency)
