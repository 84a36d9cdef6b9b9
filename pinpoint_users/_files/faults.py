"""What is wrong with a file, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from pinpoint_users._files.terminal_text import visible
from pinpoint_users.errors import PinpointUsersError

MAX_SHOWN = 20
"""How many faults are shown; the others are counted."""


@attrs.frozen
class FileFault:
    """One thing that is wrong with a file. Its text is one line, in which what came from the file can't drive a terminal."""

    file: str
    """The file's name as it was given, or `standard input`."""
    line: int | None
    """The line, from 1; None where it is about the file as a whole."""
    path: str
    """Where in the line or the message: `sms_message.body`, `user_id`; empty where the line is enough."""
    problem: str
    """What is wrong, what is allowed, and what to do."""

    def __str__(self) -> str:
        parts = [self.file if self.line is None else f"{self.file}:{self.line}", self.path, self.problem]
        return ": ".join(visible(part) for part in parts if part)


@attrs.frozen
class BadLine:
    """A line of a file of users that makes no user."""

    line: int
    """The line, from 1; of Parquet, the row."""
    faults: tuple[FileFault, ...]
    """What is wrong with it: at least one."""
    user_id: str | None = None
    """The user, where that can be read."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.faults))


class FileFaultsError(PinpointUsersError, ValueError):
    """A file can't be read, or isn't what it should be; nothing was sent.

    Args:
        faults: Every fault, in the order of the file.
    """

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults: tuple[FileFault, ...] = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(shown_faults(self.faults, len(self.faults)))


def shown_faults(faults: Iterable[FileFault], count: int) -> Iterator[str]:
    """The first twenty faults, a line each, and how many more there are.

    Args:
        faults: The faults, or the first of them.
        count: How many there are in all.
    """
    shown = 0
    for fault in faults:
        if shown == MAX_SHOWN:
            break
        shown += 1
        yield str(fault)
    if count > shown:
        yield f"… and {count - shown:,} more"
