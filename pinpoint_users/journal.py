"""A journal of a run, so that a later one can go on where it ended."""

from __future__ import annotations

import os

import attrs

__all__ = ["Journal"]


@attrs.frozen
class Journal:
    """A file in which a run keeps what it has done."""

    path: str | os.PathLike[str]
    """The file."""
    force: bool = attrs.field(default=False, kw_only=True)
    """Whether to go on with another message than the file's."""
