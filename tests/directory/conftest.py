"""A directory of each kind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from stores import STORES, Opened

from pinpoint_users.directory import StoredDirectory


@pytest.fixture(scope="session")
def dynamodb_client() -> Iterator[Any]:
    """A client of a DynamoDB of its own, which is moto's, over HTTP."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    # One request after the other, since moto's transactions aren't all or none where several are carried out at once.
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = boto3.client(
        "dynamodb",
        region_name="eu-west-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


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
