"""`endpoints import | export | show | check`: the directory of users' endpoints."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pinpoint_users._files.faults import MAX_SHOWN, BadLine
from pinpoint_users._files.terminal_text import visible
from pinpoint_users._files.user_file import Pair, pairs_of
from pinpoint_users._shapes.converters import counted
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.cli.connection import open_directory
from pinpoint_users.cli.exits import CommandError, ExitCode
from pinpoint_users.cli.outputs import refuse_to_overwrite
from pinpoint_users.cli.terminal import is_terminal, say, say_json, tell
from pinpoint_users.directory.rules import unsendable
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.results import masked

if TYPE_CHECKING:
    from pinpoint_users.directory.stored import StoredDirectory


def run_import(directory: str, file: str, *, quiet: bool = False) -> int:
    """Imports a file of endpoints.

    Args:
        directory: The directory; a file of SQLite is made if absent.
        file: What Pinpoint has exported, or what its import takes; `-` is standard input.
        quiet: Whether no progress is shown.

    Returns:
        The exit code: 1 if a line is wrong.

    Raises:
        OSError: The file can't be read.
        DirectoryError: The directory can't be written.
    """
    with _opened(file) as opened, open_directory(directory, may_be_new=True) as store:
        size = 0 if file == "-" else Path(file).stat().st_size
        with _bytes_shown(opened, size, quiet=quiet) as shown:
            report = store.import_file(shown)
    tell(*(visible(str(fault)) for fault in report.faults[:MAX_SHOWN]))
    if report.faulty > MAX_SHOWN:
        tell(f"… and {report.faulty - MAX_SHOWN:,} more")
    say(
        f"{counted(report.imported, 'endpoint')} imported, {report.unchanged:,} there already, "
        f"{report.made_inactive:,} made inactive, {counted(report.faulty, 'fault')}"
    )
    return ExitCode.SOME_NOT if report.faulty else ExitCode.SUCCESSFUL


def run_export(directory: str, file: str, *, quiet: bool = False) -> int:
    """Exports all endpoints, as Pinpoint did.

    Args:
        directory: The directory.
        file: The file to write: JSON Lines, by gzip if its name ends in `.gz`.
        quiet: Whether no progress is shown.

    Returns:
        The exit code.

    Raises:
        CommandError: The file is the directory.
        OSError: The file can't be written.
        DirectoryError: The directory can't be read.
    """
    from pinpoint_users.directory._exporting import write_export  # noqa: PLC0415 - for those who use it

    refuse_to_overwrite("", file, [directory])
    with open_directory(directory) as store, _count_shown("endpoints", quiet=quiet) as counter:
        count = write_export(file, counter(store.endpoints()))
    say(f"{counted(count, 'endpoint')} exported to {visible(file)}")
    return ExitCode.SUCCESSFUL


def run_show(directory: str, user_id: str, *, as_json: bool = False) -> int:
    """Shows a user's endpoints; addresses are masked, but in JSON.

    Args:
        directory: The directory.
        user_id: The user.
        as_json: Whether the endpoints are written as JSON in AWS's shape, addresses whole.

    Returns:
        The exit code: 1 if the user has none.

    Raises:
        DirectoryError: The directory can't be read.
    """
    with open_directory(directory) as store:
        found = store.endpoints_of([user_id]).get(user_id, ())
    if as_json:
        say_json({"Item": [endpoint.to_dict() for endpoint in found]})
    elif not found:
        say(f"{visible(user_id)} has no endpoint")
    else:
        for endpoint in found:
            words = [str(endpoint.channel_type), masked(endpoint.address), endpoint.endpoint_id, *_flags(endpoint)]
            say(visible("  ".join(words)))
    return ExitCode.SUCCESSFUL if found else ExitCode.SOME_NOT


def run_check(directory: str, *, users: str | None = None, as_json: bool = False) -> int:
    """Counts endpoints, and tells what would fail: addresses that are none, and users without an endpoint.

    Args:
        directory: The directory.
        users: A file of users who are to be reached; without it all endpoints are looked at.
        as_json: Whether the counts are written as JSON.

    Returns:
        The exit code: 1 if something would fail.

    Raises:
        FileFaultsError: The file of users can't be read.
        DirectoryError: The directory can't be read.
    """
    found = _Found()
    with open_directory(directory) as store, _count_shown("endpoints" if users is None else "users") as counter:
        if users is None:
            for endpoint in counter(store.endpoints()):
                found.add(endpoint)
        else:
            _check_users(store, counter(pairs_of(users, on_bad_line=found.add_bad_line)), found)
    if as_json:
        say_json(found.to_dict())
    else:
        tell(*found.faults)
        say(*found.lines())
    return ExitCode.SOME_NOT if found.wrong or found.unreachable or found.bad_lines else ExitCode.SUCCESSFUL


class _Found:
    """What there is in a directory, counted."""

    def __init__(self) -> None:
        self.by_channel: Counter[str] = Counter()
        self.opted_out = self.inactive = self.wrong = self.users = self.unreachable = self.bad_lines = 0
        self.faults: list[str] = []

    def add(self, endpoint: Endpoint) -> bool:
        """Counts an endpoint, and tells whether it can be sent to."""
        self.by_channel[str(endpoint.channel_type)] += 1
        is_out, is_inactive = endpoint.opt_out == "ALL", endpoint.endpoint_status == "INACTIVE"
        self.opted_out += is_out
        self.inactive += is_inactive
        problem = unsendable(endpoint)
        if problem:
            self.wrong += 1
            self.tell(f"endpoint {endpoint.endpoint_id}: its address {problem}")
        return not (problem or is_out or is_inactive)

    def add_bad_line(self, line: BadLine) -> None:
        """Counts a line that names no user."""
        self.bad_lines += 1
        for fault in line.faults:
            self.tell(str(fault))

    def tell(self, fault: str) -> None:
        """Keeps the first faults."""
        if len(self.faults) < MAX_SHOWN:
            self.faults.append(visible(fault))

    def lines(self) -> list[str]:
        channels = ", ".join(f"{count:,} {visible(channel)}" for channel, count in sorted(self.by_channel.items()))
        shown = [f"{counted(self.by_channel.total(), 'endpoint')}{': ' if channels else ''}{channels}"]
        shown.append(f"{self.opted_out:,} opted out, {self.inactive:,} inactive, {self.wrong:,} with a fault")
        if self.users:
            shown.append(f"{counted(self.users, 'user')}, {self.unreachable:,} without an endpoint that can be sent to")
        return shown

    def to_dict(self) -> dict[str, Any]:
        return {
            "endpoints": self.by_channel.total(),
            "channels": dict(sorted(self.by_channel.items())),
            "opted_out": self.opted_out,
            "inactive": self.inactive,
            "faulty": self.wrong,
            "users": self.users,
            "users_without_endpoints": self.unreachable,
            "faults": self.faults,
        }


def _check_users(store: StoredDirectory, pairs: Iterator[Pair], found: _Found) -> None:
    while some := [user_id for user_id, _ in islice(pairs, MAX_USERS)]:
        endpoints = store.endpoints_of(list(dict.fromkeys(some)))
        for user_id in some:
            found.users += 1
            reached = [found.add(endpoint) for endpoint in endpoints.get(user_id, ())]  # each is counted
            if not any(reached):
                found.unreachable += 1
                found.tell(f"user {user_id}: no endpoint that can be sent to")


def _flags(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.endpoint_status == "INACTIVE":
        yield "inactive"
    if endpoint.opt_out == "ALL":
        yield "opted out"


@contextlib.contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    if not Path(file).exists():
        raise CommandError(f"{file}: there is no such file")
    with Path(file).open("rb") as opened:
        yield opened


@contextlib.contextmanager
def _bytes_shown(file: BinaryIO, size: int, *, quiet: bool) -> Iterator[BinaryIO]:
    """A file whose reading a bar shows, at a terminal."""
    if quiet or not size or not is_terminal(sys.stderr):
        yield file
        return
    from rich.console import Console  # noqa: PLC0415 - tens of milliseconds, which other commands don't need
    from rich.progress import wrap_file  # noqa: PLC0415 - likewise

    with wrap_file(file, size, description="importing", console=Console(stderr=True)) as shown:
        yield shown


@contextlib.contextmanager
def _count_shown(noun: str, *, quiet: bool = False) -> Iterator[Any]:
    """A function that shows how many of something have gone by, at a terminal."""
    if quiet or not is_terminal(sys.stderr):
        yield iter
        return
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import Progress, SpinnerColumn, TextColumn  # noqa: PLC0415 - likewise

    with Progress(SpinnerColumn(), TextColumn(f"{{task.completed:,.0f}} {noun}"), console=Console(stderr=True)) as progress:
        yield progress.track
