"""Files that a command writes: none of them may be one that it reads."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pinpoint_users.cli.exits import CommandError


def refuse_to_overwrite(what: str, path: str, read: Collection[str | None]) -> None:
    """Refuses a file that would be written over what the command reads, under whatever name.

    Args:
        what: How errors name the file.
        path: Where it is to be.
        read: What is read; what isn't a file doesn't matter.

    Raises:
        CommandError: It is one of them.
    """
    where = Path(path)
    there = [other for other in read if other is not None and Path(other).exists()]
    if path in read or (where.exists() and any(map(where.samefile, there))):
        raise CommandError(f"{what}{path}: would overwrite what the run reads: name another file")
