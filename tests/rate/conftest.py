"""Servers that a rate is shared by, and a service that is sent to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgres_server import PostgresServer
from rate.counting import Counting
from redis_server import RedisServer


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server of its own, for all tests of a process."""
    pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    with PostgresServer.started() as server:
        yield server


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """An empty server of its own."""
    pytest.importorskip("redis", reason="redis-py isn't installed: it is the extra `redis`")
    with RedisServer.started() as server:
        yield server


@pytest.fixture(params=["postgresql", "redis"])
def store_url(request: pytest.FixtureRequest) -> str:
    """An empty store of each kind."""
    if request.param == "redis":
        url: str = request.getfixturevalue("redis_server").url
        return url
    server = request.getfixturevalue("postgres_server")
    database = server.new_database().rpartition("dbname=")[2]
    return f"postgresql://test:pass-word@/{database}?host={server.folder}"


@pytest.fixture
def service() -> Counting:
    return Counting()
