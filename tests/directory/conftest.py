"""A directory of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto_server import client_of_moto
from stores import STORES, Opened

from pinpoint_users.directory import StoredDirectory


@pytest.fixture(scope="session")
def dynamodb_client() -> Iterator[Any]:
    """A client of a DynamoDB of its own, which is moto's, over HTTP."""
    with client_of_moto("dynamodb") as client:
        yield client


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
