"""How a command ends: its exit code, and one line for each fault."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator

from pinpoint_users._files.faults import MAX_SHOWN, FileFaultsError, shown_faults
from pinpoint_users._files.terminal_text import visible
from pinpoint_users.errors import ConfigurationError, DirectoryError, JournalError, PinpointUsersError, ValidationError


class ExitCode(enum.IntEnum):
    """What a command's exit code says."""

    SUCCESSFUL = 0
    """All users got the message, or all of what was asked for was done."""
    SOME_NOT = 1
    """Some users did not."""
    WRONG_INPUT = 2
    """Wrong usage or input; nothing was sent."""
    STOPPED = 3
    """Credentials or configuration stopped it."""
    INTERRUPTED = 130
    """Ctrl-C."""


class CommandError(Exception):
    """Something that ends a command.

    Args:
        lines: What is wrong and what to do, a line a fault.
        code: The exit code.
    """

    def __init__(self, *lines: str, code: ExitCode = ExitCode.WRONG_INPUT) -> None:
        super().__init__(*lines)
        self.lines = lines
        self.code = code


def code_of(error: BaseException) -> ExitCode:
    """The exit code that an error comes to, where it ends a command before anything was sent."""
    if isinstance(error, CommandError):
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    return ExitCode.STOPPED if isinstance(error, (ConfigurationError, DirectoryError)) else ExitCode.WRONG_INPUT


def lines_of(error: BaseException) -> list[str]:
    """What is told of an error: the first twenty faults, a line each, and how many more there are."""
    if isinstance(error, FileFaultsError):
        return list(shown_faults(error.faults, len(error.faults)))
    if isinstance(error, CommandError):
        return list(_first(error.lines))
    if isinstance(error, ValidationError):
        return list(_first(f"{error.subject}: {fault}" for fault in error.faults))
    if isinstance(error, KeyboardInterrupt):
        return ["interrupted; nothing was sent"]
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return [visible(f"{where}{error.strerror or error}: see that it is there and may be used")]
    return [visible(str(error))]


EXPECTED = (CommandError, PinpointUsersError, OSError, ImportError, KeyboardInterrupt)
"""What ends a command with a line; anything else is a fault of this package, and has its traceback."""


def journal_error(error: JournalError) -> CommandError:
    """A journal's error in the words of the command line."""
    return CommandError(str(error).replace("Journal(path, force=True)", "begin anew with another --journal"))


def _first(lines: Iterable[str]) -> Iterator[str]:
    every = [visible(line) for line in lines]
    yield from every[:MAX_SHOWN]
    if len(every) > MAX_SHOWN:
        yield f"… and {len(every) - MAX_SHOWN:,} more"
