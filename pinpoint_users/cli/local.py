"""`local`: the embedded service over HTTP, until Ctrl-C."""

from __future__ import annotations

from pinpoint_users.cli.exits import CommandError


def run_local(*, port: int = 0) -> int:
    """Serves until it is interrupted.

    Args:
        port: The port to listen at; 0 takes a free one.

    Returns:
        The exit code.

    Raises:
        CommandError: The port can't be had, or the extra `local` isn't installed.
    """
    if not 0 <= port < 1 << 16:  # the system's look-up of a host would take the rest of it by 65,536
        raise CommandError(f"--port {port}: a port is a number from 0 to 65535")
    from pinpoint_users.local.__main__ import FAILURES, serve  # noqa: PLC0415 - for those who use it

    try:
        serve(port=port)
    except FAILURES as error:
        raise CommandError(str(error)) from error
    return 0
