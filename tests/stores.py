"""The stores that one suite of tests is run over, and the endpoints that they are given.

STORES["sqlite"]    makes an `Opened`, whose `open()` gives a directory over the same data each time
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from postgres_server import PostgresServer

import pinpoint_users as p
from pinpoint_users.directory import DynamoDBDirectory, MemoryDirectory, PostgresDirectory, SQLiteDirectory, StoredDirectory


@dataclass
class Opened:
    """A store, and how it is opened."""

    open: Callable[[], StoredDirectory]
    lasts: bool = True
    """Whether what is in it outlives the object."""


Make = Callable[[Path, pytest.FixtureRequest], AbstractContextManager[Opened]]


@contextlib.contextmanager
def _memory(_path: Path, _request: pytest.FixtureRequest) -> Iterator[Opened]:
    directory = MemoryDirectory()
    yield Opened(lambda: directory, lasts=False)


@contextlib.contextmanager
def _sqlite(path: Path, _request: pytest.FixtureRequest) -> Iterator[Opened]:
    yield Opened(lambda: SQLiteDirectory(path / "users.db"))


@contextlib.contextmanager
def _postgres(_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    conninfo = server.new_database()
    yield Opened(lambda: PostgresDirectory(conninfo))


@contextlib.contextmanager
def _dynamodb(_path: Path, request: pytest.FixtureRequest) -> Iterator[Opened]:
    pytest.importorskip("moto.server", reason="moto's server isn't installed: pip install 'moto[dynamodb,server]'")
    client = request.getfixturevalue("dynamodb_client")
    table = f"table-{next(_NUMBERS)}"
    DynamoDBDirectory(table, client=client).create_table()
    yield Opened(lambda: DynamoDBDirectory(table, client=client))


_NUMBERS = itertools.count(1)
STORES: dict[str, Make] = {"memory": _memory, "sqlite": _sqlite, "postgres": _postgres, "dynamodb": _dynamodb}


def endpoint(
    endpoint_id: str | None = "e-1",
    *,
    user: str | None = "u-1",
    channel: Any = "SMS",
    address: str = "+12065550100",
    attributes_of_user: Any = None,
    **members: Any,
) -> p.Endpoint:
    """An endpoint of a user."""
    if user is not None:
        members["user"] = p.EndpointUser(user_id=user, user_attributes=attributes_of_user)
    return p.Endpoint(id=endpoint_id, channel_type=channel, address=address, **members)


def devices(count: int, user: str = "u-1", channel: Any = "GCM", start: int = 0) -> list[p.Endpoint]:
    """So many devices of a user, each later than the one before."""
    return [
        endpoint(f"d-{n}", user=user, channel=channel, address=f"token-{n}", effective_date=f"2025-01-01T00:00:{n:02}.000Z")
        for n in range(start, start + count)
    ]


def by_id(directory: StoredDirectory) -> dict[str, p.Endpoint]:
    """Everything that is stored."""
    return {stored.endpoint_id: stored for stored in directory.endpoints()}
