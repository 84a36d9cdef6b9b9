"""The command line: `pinpoint-users`, and `python -m pinpoint_users`. It needs the extra `cli`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: The command's arguments; by default the process's.

    Returns:
        The exit code: 0 all successful, 1 some not, 2 wrong usage or input, with nothing sent, 3 stopped by credentials or
        configuration, 130 interrupted, 141 who reads the output went away before its end.
    """
    try:
        import cyclopts  # noqa: F401, PLC0415 - comes with the extra `cli`
        import rich  # noqa: F401, PLC0415 - likewise
    except ImportError as error:
        sys.stderr.write(f"pinpoint-users: {error}: it comes with the extra `cli`: in a clone, pip install '.[cli]'\n")
        return 2
    gc.disable()  # what is imported stays, so that going over it for each module more is in vain
    try:
        from pinpoint_users.cli.app import run  # noqa: PLC0415 - as above

        return run(sys.argv[1:] if arguments is None else arguments)
    finally:
        gc.enable()
