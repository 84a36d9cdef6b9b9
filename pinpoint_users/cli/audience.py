"""The users of a command, as a file that can be read twice: for the checks, and for the run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

import attrs

from pinpoint_users._files.faults import BadLine
from pinpoint_users._files.source import Spooled
from pinpoint_users._files.user_file import Pair, UserFormat, pairs_of
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.facts import users_path
from pinpoint_users.cli.options import SendOptions

if TYPE_CHECKING:
    from pinpoint_users._files.source import Source

_STDIN = "-"


@attrs.frozen
class Audience:
    """The users of a command."""

    source: Source
    """What is read."""
    format: UserFormat | None
    path: str | None
    """The file, by which a later command finds the same users; None for those that the command line names."""

    def pairs(self, on_bad_line: Callable[[BadLine], object]) -> Iterator[Pair]:
        """The users, from the beginning."""
        return pairs_of(self.source, format=self.format, on_bad_line=on_bad_line)


@contextlib.contextmanager
def audience_of(options: SendOptions, journal: str | None) -> Iterator[Audience]:
    """The users that the options name. Standard input is copied to disk: beside the journal, where `resume` finds it.

    Args:
        options: The options.
        journal: The journal's path, if there is one.

    Raises:
        CommandError: The options name none, or by more than one way.
        OSError: The copy can't be written.
    """
    if (options.users is None) == (not options.user):
        raise CommandError("give either --users FILE, or --user ID with --set NAME=VALUE")
    if options.set and not options.user:
        raise CommandError("--set goes with --user: in a file, each column but user_id is a variable")
    if options.users is not None and options.users != _STDIN:
        yield Audience(_copy_of(options.users, journal), options.users_format, options.users)
        return
    with tempfile.TemporaryDirectory(prefix="pinpoint-users-") as folder:
        if options.user:
            path = Path(folder) / "users"
            path.write_text(_lines(options), encoding="ascii")
            yield Audience(Spooled(path, "--user"), "jsonl", None)
            return
        path = Path(folder) / "users" if journal is None else users_path(journal)
        with _private(path) as file:
            shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)
        yield Audience(Spooled(path, "standard input"), options.users_format, str(path))


def _copy_of(path: str, journal: str | None) -> Source:
    """What is kept of standard input is called so when it is read again."""
    return Spooled(Path(path), "standard input") if journal is not None and Path(path) == users_path(journal) else path


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def variables_of(words: Sequence[str]) -> dict[str, str]:
    """The variables of `--set NAME=VALUE`.

    Raises:
        CommandError: A word isn't of that form.
    """
    variables: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise CommandError(f"--set {word}: write NAME=VALUE, such as --set code=123456")
        variables[name] = value
    return variables


def _lines(options: SendOptions) -> str:
    variables = variables_of(options.set)
    return "".join(json.dumps({**variables, "user_id": user_id}) + "\n" for user_id in options.user)
