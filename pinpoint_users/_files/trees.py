"""A document as plain values, with the line that each part begins at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from pinpoint_users._files.faults import FileFault, FileFaultsError

Path: TypeAlias = tuple[str | int, ...]
"""The keys and indices that lead to a part."""

MAX_LEVELS = 50
"""How deeply a document may be nested."""


@attrs.frozen
class Tree:
    """A document's value, and where its parts are."""

    value: Any
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a part, or of the nearest one above it that is known."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def dotted(path: Path) -> str:
    """A path as faults write it."""
    written = ""
    for step in path:
        if isinstance(step, int):
            written += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            written += f".{step}" if written else step
        else:
            written += f"[{step!r}]"
    return written


def tree_fault(name: str, line: int | None, problem: str) -> FileFaultsError:
    """The error of one fault of a document."""
    return FileFaultsError([FileFault(name, line, "", problem)])
