"""The users of a command, as a file that can be read twice: for the checks, and for the run."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import attrs

from pinpoint_users._files.check import Checked, good_pairs
from pinpoint_users._files.faults import BadLine
from pinpoint_users._files.source import Source, Spooled, file_fault
from pinpoint_users._files.user_file import Pair, UserFormat
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.facts import facts_path, users_path
from pinpoint_users.cli.options import SendOptions

_STDIN = "-"
_BLOCK = 1 << 18
State: TypeAlias = tuple[int, int, int]


@attrs.frozen
class Audience:
    """The users of a command."""

    source: Source
    """What is read."""
    format: UserFormat | None
    path: str | None
    """The file, by which a later command finds the same users; None for those that the command line names."""
    state: State | None
    """By which a file shows that it isn't what it was when it was first looked at; None for a copy of our own."""

    def pairs(self, checked: Checked, on_bad_line: Callable[[BadLine], object]) -> Iterator[Pair]:
        """The users whom a check found right, from the beginning.

        Raises:
            FileFaultsError: The file has changed.
        """
        if self.state is None or self.path is None:
            yield from good_pairs(checked, self.source, format=self.format, on_bad_line=on_bad_line)
            return
        self.look_for_changes()
        with io.BufferedReader(_Watched(self.path, self.look_for_changes), _BLOCK) as file:
            yield from good_pairs(checked, file, format=self.format, on_bad_line=on_bad_line)

    def look_for_changes(self) -> None:
        """Refuses a file that isn't what it was.

        Raises:
            FileFaultsError: It has changed.
        """
        if self.state is not None and self.path is not None and self.state != _state_of(self.path):
            raise file_fault(
                self.path,
                "changed after it was checked, so who is in it now wasn't looked at: put it back as it was, or repeat the "
                "whole `pinpoint-users send` with the same --journal",
            )


class _Watched(io.FileIO):
    """A file that is looked at whenever a block of it is read."""

    def __init__(self, path: str, look: Callable[[], None]) -> None:
        super().__init__(path)
        self._look = look

    def readinto(self, buffer: Any, /) -> int | None:
        self._look()
        return super().readinto(buffer)


@contextlib.contextmanager
def audience_of(options: SendOptions, journal: str | None) -> Iterator[Audience]:
    """The users that the options name.

    What can be read once only is copied to disk: beside the journal, where `resume` finds it.

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
    users = options.users
    if users is not None and users != _STDIN and not is_stream(users):
        yield Audience(users, options.users_format, users, _state_of(users))
        return
    with tempfile.TemporaryDirectory(prefix="pinpoint-users-") as folder:
        path = Path(folder) / "users" if users is None or journal is None else users_path(journal)
        with _private(path) as file:
            if users is None:
                file.write(_lines(options))
            else:
                _copy(users, file)
        try:
            name = "--user" if users is None else "standard input" if users == _STDIN else users
            is_kept = users is not None
            yield Audience(
                Spooled(path, name), options.users_format if is_kept else "jsonl", str(path) if is_kept else None, None
            )
        finally:
            if journal is not None and not facts_path(journal).exists():  # no run began that could be resumed
                path.unlink(missing_ok=True)


def is_stream(users: str) -> bool:
    """Whether a file can be read once only, such as a shell's `<(…)`."""
    path = Path(users)
    return path.exists() and not path.is_file() and not path.is_dir()


def variables_of(words: Sequence[str]) -> dict[str, str]:
    """The variables of `--set NAME=VALUE`.

    Raises:
        CommandError: A word isn't of that form, or a name comes twice.
    """
    variables: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise CommandError(f"--set {word}: write NAME=VALUE, such as --set code=123456")
        if name in variables:
            raise CommandError(
                f"--set {name}=…: is there twice, and holds for each --user; users with values of their own go in a file"
            )
        variables[name] = value
    return variables


def _state_of(path: str) -> State | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None  # whoever reads it tells why
    return found.st_ino, found.st_size, found.st_mtime_ns


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _copy(users: str, file: IO[bytes]) -> None:
    if users != _STDIN:
        with Path(users).open("rb") as source:
            shutil.copyfileobj(source, file, 1 << 20)
    elif sys.stdin is None:
        raise CommandError("--users -: standard input is closed")
    else:
        shutil.copyfileobj(sys.stdin.buffer, file, 1 << 20)


def _lines(options: SendOptions) -> bytes:
    variables = variables_of(options.set)
    return "".join(json.dumps({**variables, "user_id": user_id}) + "\n" for user_id in options.user).encode("ascii")
