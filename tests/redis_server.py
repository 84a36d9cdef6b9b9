"""A real Redis server at a port of its own on loopback, from Debian's `redis-server`."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PASSWORD = "s3cr/et"
_WRITTEN = "s3cr%2Fet"


@dataclass
class RedisServer:
    """A server that can be stopped and started again."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[RedisServer]:
        """Starts one, or skips the test with the reason why there is none."""
        if shutil.which("redis-server") is None:
            assert "TESTS_NEED_SERVERS" not in os.environ, "there is no Redis server, and no test may be skipped"
            pytest.skip("there is no Redis server here: Debian's package is `redis-server`")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        folder = Path(tempfile.mkdtemp(prefix="redis"))
        server = cls(folder, port)
        try:
            server.start()
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """How it is reached."""
        return f"redis://:{_WRITTEN}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        how = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(["redis-server", *how], cwd=self.folder, stdout=log, stderr=log)
        while self.process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))

    def stop(self) -> None:
        """Ends it, and all that it knows."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
