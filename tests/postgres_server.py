"""A real PostgreSQL server on a socket of its own, from Debian's `postgresql`, without anything of the machine's."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=50")


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    debians = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(debians[-1]) if debians else None)


def _with_tls(data: Path, authority: Any, user: str) -> int:
    """Gives a server a certificate, and passwords to all users but `test`; tells the port where it may listen."""
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(data / "server.key")
    certificate.cert_chain_pems[0].write_to_path(data / "server.crt")
    for name in ("server.key", "server.crt"):
        (data / name).chmod(0o600)
        shutil.chown(data / name, user)
    (data / "pg_hba.conf").write_text("local all test trust\nhost all test all trust\nhost all all all scram-sha-256\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass
class PostgresServer:
    """A running server."""

    folder: Path
    command: list[str]
    how: dict[str, Any]
    port: int | None = None
    """Where it listens on 127.0.0.1, with TLS and passwords; None if it has a socket in its folder only."""
    postmaster: subprocess.Popen[bytes] = field(init=False)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @contextlib.contextmanager
    def started(cls, authority: Any = None) -> Iterator[PostgresServer]:
        """Starts one, or skips the test with the reason why there is none.

        Args:
            authority: One of trustme's: then it listens on 127.0.0.1 too, with TLS and passwords for all but `test`.
        """
        initdb, postgres = _binary("initdb"), _binary("postgres")
        if initdb is None or postgres is None:
            assert "TESTS_NEED_SERVERS" not in os.environ, "there is no PostgreSQL server, and no test may be skipped"
            pytest.skip("there is no PostgreSQL server here: Debian's package is `postgresql`")
        # A server refuses to run as root. The folder's path is short, as a socket's must be.
        user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        shutil.chown(folder, user)
        as_user = {"user": user} if os.getuid() == 0 else {}
        data = str(folder / "data")
        subprocess.run(
            [initdb, "-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_user,
        )
        port = None if authority is None else _with_tls(Path(data), authority, user)
        options = (
            [*_FAST, "listen_addresses="] if port is None else [*_FAST, "listen_addresses=127.0.0.1", f"port={port}", "ssl=on"]
        )
        command = [postgres, "-D", data, "-k", str(folder), *(part for option in options for part in ("-c", option))]
        server = cls(folder, command, {"cwd": folder, **as_user}, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        with (self.folder / "log").open("ab") as log:
            self.postmaster = subprocess.Popen(self.command, stdout=log, stderr=log, **self.how)
        self.wait()

    def stop(self) -> None:
        """Ends it, and all of its connections."""
        self.postmaster.send_signal(signal.SIGINT)
        self.postmaster.wait()

    def conninfo(self, database: str) -> str:
        """How a database is reached."""
        port = "" if self.port is None else f" port={self.port}"
        return f"host={self.folder}{port} user=test dbname={database}"

    def url(self, database: str = "postgres", *, user: str = "test", password: str | None = None, **parameters: str) -> str:
        """The same as a URL."""
        secret = "" if password is None else f":{password}"
        if self.port is not None:
            return f"postgresql://{user}{secret}@127.0.0.1:{self.port}/{database}?{urlencode(parameters)}"
        query = urlencode({"host": str(self.folder), **parameters})
        return f"postgresql://{user}{secret}@/{database}?{query}"

    def wait(self) -> None:
        """Waits until it answers."""
        import psycopg

        while self.postmaster.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.conninfo("postgres")):
                return
        raise AssertionError((self.folder / "log").read_text(encoding="utf-8"))

    def new_database(self) -> str:
        """Makes an empty database, and tells how it is reached."""
        return self.conninfo(self.new_name())

    def new_url(self) -> str:
        """The same as a URL."""
        return self.url(self.new_name())

    def new_name(self) -> str:
        """Makes an empty database, and tells its name."""
        import psycopg

        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return name
