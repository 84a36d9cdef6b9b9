"""`python -m pinpoint_users.local`: the embedded Pinpoint behind HTTP, until Ctrl-C."""

from __future__ import annotations

import argparse
import os
import sqlite3
import threading
from collections.abc import Collection, Sequence

from pinpoint_users.local._delivery_log import MAX_DELIVERY_BYTES
from pinpoint_users.local._pinpoint import LocalPinpoint
from pinpoint_users.local._server import LOOPBACK_HOST

FAILURES = (ImportError, OSError, OverflowError, ValueError, sqlite3.Error)
"""What `serve` raises where it can't begin; the text says why."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves until it is interrupted.

    Args:
        arguments: The command's arguments; by default the process's.

    Raises:
        SystemExit: The arguments are wrong, the extra `local` isn't installed, the port is taken, or the file isn't its own.
    """
    parser = argparse.ArgumentParser(
        prog="python -m pinpoint_users.local",
        description="An embedded Amazon Pinpoint over HTTP on this machine, for tests and for trying things out.",
    )
    add_arguments(parser)
    options = parser.parse_args(arguments)
    try:
        serve(**vars(options))
    except FAILURES as error:
        parser.exit(1, f"{parser.prog}: {error}\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments, which are named as those of `serve`."""
    parser.add_argument("--port", type=int, default=0, help="the port to listen at; by default a free one")
    parser.add_argument(
        "--data", metavar="FILE", help="the SQLite file that everything is kept in, made if absent; by default memory"
    )
    parser.add_argument(
        "--host",
        default=LOOPBACK_HOST,
        help="the host to listen at; one that others than this machine can reach lets them read every message and send "
        "others, and needs --allow-host",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        dest="allowed_hosts",
        help="a name that clients may call it by, beside those of loopback; a request that names another is turned away, as a "
        "web page can make its own name point here (DNS rebinding). May be repeated",
    )
    parser.add_argument(
        "--secret-access-key",
        metavar="SECRET",
        help="a made-up secret that every request must be signed with; by default signatures aren't checked",
    )


def serve(
    *,
    host: str = LOOPBACK_HOST,
    port: int = 0,
    data: str | os.PathLike[str] | None = None,
    allowed_hosts: Collection[str] = (),
    secret_access_key: str | None = None,
) -> None:
    """Tells the address and the variables that lead clients there, and serves until it is interrupted.

    Args:
        host: As for `LocalPinpoint.serve`.
        port: The port to listen at; 0 takes a free one.
        data: The SQLite file that everything is kept in, made if absent; None, the default, is memory. What was acknowledged
            is there when it is opened again, even if the process was killed.
        allowed_hosts: As for `LocalPinpoint.serve`.
        secret_access_key: As for `LocalPinpoint.serve`.

    Raises:
        ImportError: The extra `local` isn't installed.
        OSError: The port is taken, or there is no such host.
        OverflowError: There is no such port.
        sqlite3.Error: The file isn't one of SQLite's, or can't be written.
        ValueError: A host other than loopback without `allowed_hosts`, one of these that is no host's name, or a file that is
            the database of something else.
    """
    try:
        with (
            LocalPinpoint(":memory:" if data is None else data) as local,
            local.serve(port=port, host=host, allowed_hosts=allowed_hosts, secret_access_key=secret_access_key) as server,
        ):
            kept = "memory" if data is None else os.fspath(data)
            print(f"Application {local.application_id} at {server.url}", flush=True)  # noqa: T201 - a command
            for variable, url in server.environment.items():
                print(f"export {variable}={url}", flush=True)  # noqa: T201 - likewise
            print(f"Inbox, for a browser: {server.url}/", flush=True)  # noqa: T201 - likewise
            bound = f"at most {MAX_DELIVERY_BYTES // 1_000_000} MB"
            print(f"The last {local.max_deliveries:,} deliveries are kept, {bound}, in {kept}.", flush=True)  # noqa: T201 - likewise
            threading.Event().wait()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
