"""`local`: the embedded service over HTTP, until Ctrl-C."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from pinpoint_users.cli.exits import CommandError, ExitCode


def run_local(
    *, port: int, data: str | None, host: str | None, allowed_hosts: Collection[str], secret_access_key: str | None
) -> int:
    """Serves until it is interrupted.

    Args:
        port: The port to listen at; 0 takes a free one.
        data: The file that everything is kept in; None is memory.
        host: The host to listen at; None is loopback's.
        allowed_hosts: Names that clients may call it by, beside those of loopback.
        secret_access_key: The secret that requests are to be signed with; None leaves signatures unchecked.

    Returns:
        The exit code.

    Raises:
        CommandError: It can't begin: the port or the file can't be had, or the extra `local` isn't installed.
    """
    from pinpoint_users.local.__main__ import FAILURES, serve  # noqa: PLC0415 - for those who use it
    from pinpoint_users.local._server import LOOPBACK_HOST  # noqa: PLC0415 - likewise

    at = LOOPBACK_HOST if host is None else host
    try:
        serve(port=port, data=data, host=at, allowed_hosts=allowed_hosts, secret_access_key=secret_access_key)
    except FAILURES as error:
        if isinstance(error, sqlite3.Error):
            raise CommandError(f"--data: {error}: name a file that `local` has made, or one that isn't there yet") from error
        if isinstance(error, OverflowError):
            raise CommandError(f"--port {port}: a port is a number from 0 to 65535") from error
        if isinstance(error, OSError):
            reason = error.strerror or error
            raise CommandError(
                f"{at}, port {port}: can't be had ({reason}): take another --port, or 0 for a free one"
            ) from error
        raise CommandError(str(error)) from error
    return ExitCode.SUCCESSFUL
