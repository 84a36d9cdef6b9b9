"""A real Redis server on a port of its own, from Debian's `redis-server`, without anything of the machine's."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_ATTEMPTS = 5


def ends_with_us() -> list[str]:
    """The beginning of a command that ends when this process does, even if it is killed; nothing where that can't be had."""
    setpriv = shutil.which("setpriv")
    return [] if setpriv is None else [setpriv, "--pdeathsig", "KILL", "--"]


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """Starts one and tells its URL, or skips the test with the reason why there is none."""
    server = shutil.which("redis-server")
    if server is None:
        assert "TESTS_NEED_SERVERS" not in os.environ, "there is no Redis server, and no test may be skipped"
        pytest.skip("there is no Redis server here: Debian's package is `redis-server`")
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        log = Path(folder) / "log"
        for _ in range(_ATTEMPTS):  # another process may take the port meanwhile
            port = _free_port()
            command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--logfile", str(log), "--dir", folder]
            process = subprocess.Popen([*ends_with_us(), *command])
            try:
                if _answers(process, port):
                    yield f"redis://127.0.0.1:{port}/0"
                    return
            finally:
                process.kill()
                process.wait()
        raise AssertionError(log.read_text(encoding="utf-8"))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it does, once it does or has ended."""
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"INFO server\r\n")
            return f"process_id:{process.pid}".encode() in connection.recv(65_536)
    return False
