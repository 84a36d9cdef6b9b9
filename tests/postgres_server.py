"""A real PostgreSQL server on a socket of its own, from Debian's `postgresql`, without anything of the machine's."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=50")


def _binary(name: str) -> str | None:
    found = shutil.which(name)
    debians = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(debians[-1]) if debians else None)


@dataclass
class PostgresServer:
    """A running server."""

    folder: Path
    postmaster: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[PostgresServer]:
        """Starts one, or skips the test with the reason why there is none."""
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
        options = [part for option in _FAST for part in ("-c", option)]
        with (folder / "log").open("wb") as log:
            postmaster = subprocess.Popen(
                [postgres, "-D", data, "-k", str(folder), *options], stdout=log, stderr=log, cwd=folder, **as_user
            )
        try:
            server = cls(folder, postmaster)
            server.wait()
            yield server
        finally:
            postmaster.terminate()
            postmaster.wait()
            shutil.rmtree(folder, ignore_errors=True)

    def conninfo(self, database: str) -> str:
        """How a database is reached."""
        return f"host={self.folder} user=test dbname={database}"

    def url(self, database: str = "postgres", *, user: str = "test", password: str | None = None, **parameters: str) -> str:
        """The same as a URL."""
        secret = "" if password is None else f":{password}"
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
