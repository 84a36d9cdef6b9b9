"""A directory of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from postgres_server import PostgresServer
from stores import STORES, Opened

from pinpoint_users.directory import StoredDirectory


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A server of its own, for all tests of a process."""
    with PostgresServer.started() as server:
        yield server


@pytest.fixture(scope="session")
def dynamodb_client() -> Iterator[Any]:
    """A client of a DynamoDB of its own, which is moto's, over HTTP."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        client = boto3.client(
            "dynamodb",
            region_name="eu-west-1",
            endpoint_url=f"http://{host}:{port}",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        yield client
        client.close()
    finally:
        server.stop()


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """A store that can be opened several times, empty at first."""
    with STORES[request.param](tmp_path, request) as opened:
        yield opened


@pytest.fixture
def directory(opened: Opened) -> Iterator[StoredDirectory]:
    """An empty directory."""
    with opened.open() as directory:
        yield directory


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file, of text or bytes."""

    def write(content: str | bytes, name: str = "endpoints.json") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
