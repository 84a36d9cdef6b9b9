"""PgBouncer, from Debian's package of that name, before a server of PostgreSQL's."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import PostgresServer


@contextlib.contextmanager
def pooler_of(server: PostgresServer, mode: str) -> Iterator[int]:
    """A pooler's port on loopback, or the test is skipped, with the reason why there is none.

    Args:
        server: The server, of which it uses two sessions for all.
        mode: After what a session may be another's: a session, a transaction or a statement.
    """
    binary = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not Path(binary).exists():
        assert "TESTS_NEED_SERVERS" not in os.environ, "there is no PgBouncer, and no test may be skipped"
        pytest.skip("there is no PgBouncer here: Debian's package is `pgbouncer`")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="pool"))
    settings = folder / "pgbouncer.ini"
    settings.write_text(
        f"[databases]\n* = user=test host={server.folder}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = {mode}\ndefault_pool_size = 2\n"
    )
    as_user = {"user": "nobody"} if os.getuid() == 0 else {}
    if as_user:
        for place in (folder, settings):
            shutil.chown(place, "nobody")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([binary, str(settings)], stdout=log, stderr=log, **as_user)
    try:
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.01)
        else:
            raise AssertionError((folder / "log").read_text(encoding="utf-8"))
        yield port
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)
