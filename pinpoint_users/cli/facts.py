"""What is kept beside a journal, so that a run can be resumed without a word more than the journal's name."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users._files.terminal_text import visible
from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.options import SendOptions

_FORMAT = 1
_SUFFIX = ".json"
_CHUNK = 1 << 20
_PROGRAM = "pinpoint-users"
_PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^/@]*@")  # as libpq reads it


_REMEDIES = {
    "message": "put the file back as it was; another message is another run, with another --journal, and goes to everybody",
    "users": "put the file back as it was, or repeat the whole `pinpoint-users send` with the same --journal, by which nobody "
    "gets the message again",
}
"""What to do about files that changed."""


@attrs.frozen(kw_only=True)
class RunFacts:
    """What a run was begun with."""

    options: SendOptions
    """Its options; paths are absolute, and an address of PostgreSQL is without its password."""
    message_sha256: str
    """Of the message's file."""
    users_sha256: str
    """Of the users' file."""
    users: int
    """How many users it has, each counted once."""
    skipped: int = 0
    """How many lines of it were left out."""
    is_temporary: bool
    """Whether the journal is deleted when everybody has got the message, as nobody has named it."""

    @classmethod
    def of(cls, options: SendOptions, users: str, *, journal: str, message_sha256: str, count: int, skipped: int) -> Self:
        """What a run is begun with.

        Args:
            options: Its options.
            users: The file of its users.
            journal: Its journal.
            message_sha256: The digest of the message's file as it was read.
            count: How many users it has.
            skipped: How many lines of it are left out.

        Raises:
            OSError: The users' file can't be read.
        """
        directory = options.directory
        kept = attrs.evolve(
            options,
            message=_absolute(options.message),
            users=_absolute(users),
            templates=options.templates and _absolute(options.templates),
            directory=directory if directory is None else kept_directory(directory),
            journal=_absolute(journal),
        )
        return cls(
            options=kept,
            message_sha256=message_sha256,
            users_sha256=sha256_of(users),
            users=count,
            skipped=skipped,
            is_temporary=options.journal is None,
        )

    def write(self, journal: str) -> None:
        """Writes the facts beside a journal, for its owner only.

        Raises:
            OSError: They can't be written.
        """
        path = facts_path(journal)
        part = path.with_name(path.name + ".part")
        text = json.dumps({"format": _FORMAT, **attrs.asdict(self)}, indent=1)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text + "\n")
        part.replace(path)

    @classmethod
    def read(cls, journal: str) -> Self:
        """Reads the facts beside a journal.

        Raises:
            CommandError: There are none, or they can't be read.
        """
        path = facts_path(journal)
        try:
            value: dict[str, Any] = json.loads(path.read_text(encoding="ascii"))
            if value.pop("format") != _FORMAT:
                raise CommandError(f"{path}: the run is of a newer release: upgrade pinpoint-users")
            return cls(**{**value, "options": SendOptions(**value["options"])})
        except FileNotFoundError:
            raise CommandError(
                f"{path}: isn't there, which says what the run of {journal} was: repeat the whole command, "
                f"with --journal {journal}"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise CommandError(
                f"{path}: isn't what `send` writes there: move it away, and repeat the whole command, with --journal {journal}"
            ) from None

    def check_files(self) -> None:
        """Refuses files that aren't what they were.

        Raises:
            CommandError: A file has changed or is gone: which, and what to do.
        """
        lines = []
        for what, path, digest in (
            ("message", self.options.message, self.message_sha256),
            ("users", self.options.users or "", self.users_sha256),
        ):
            try:
                changed = sha256_of(path) != digest
            except OSError as error:
                lines.append(f"{path}: {error.strerror}: put the {what} of the run back, which the journal is about")
                continue
            if changed:
                lines.append(f"{path}: the {what} changed since the run began, so who is left isn't known: {_REMEDIES[what]}")
        if lines:
            raise CommandError(*lines)


def kept_directory(directory: str) -> str:
    """A directory as it is kept: a file by its absolute path, an address of PostgreSQL without password.

    >>> kept_directory("postgresql://ann:secret@db/users?password=secret&sslmode=require")
    'postgresql://ann@db/users?sslmode=require'
    """
    if "://" not in directory:
        return _absolute(directory)
    address, _, query = _PASSWORD.sub(r"\1@", directory, count=1).partition("?")
    kept = [part for part in query.split("&") if part and not part.partition("=")[0].endswith("password")]
    return "?".join([address, *(["&".join(kept)] if kept else [])])


def new_journal() -> str:
    """A name for the journal of a run that was given none.

    Raises:
        CommandError: There is such a file.
    """
    name = f"run-{_now()}.db"
    if Path(name).exists():
        raise CommandError(f"{name}: is there already: wait a second, or name a --journal")
    check_journal(name)
    return name


def _now() -> str:
    return f"{dt.datetime.now(tz=dt.timezone.utc):%Y%m%d-%H%M%S}"


def check_journal(journal: str) -> None:
    """Refuses a journal beside which files are that aren't of its run, as the run would overwrite them.

    Raises:
        CommandError: A file that is there.
    """
    if Path(journal).exists():
        if facts_path(journal).exists():
            RunFacts.read(journal)
        return
    for path in (facts_path(journal), users_path(journal)):
        if path.exists():
            raise CommandError(f"{path}: is there already, and the journal {journal} isn't: name another --journal")


def facts_path(journal: str) -> Path:
    """Where the facts of a journal are."""
    return Path(journal + _SUFFIX)


def users_path(journal: str) -> Path:
    """Where the users are kept that came by standard input."""
    return Path(journal + ".users")


def forget(journal: str) -> None:
    """Deletes a journal, and what is beside it."""
    for path in (Path(journal), facts_path(journal), users_path(journal)):
        path.unlink(missing_ok=True)


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 - as it was named: a link may lead elsewhere by then


def sha256_of(path: str) -> str:
    """The digest of a file.

    Raises:
        OSError: It can't be read.
    """
    digest = hashlib.sha256()
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def resuming_command(journal: str, report: str | None = None) -> str:
    """The command that goes on with a run, for a shell; with the file of its report, if it writes one."""
    command = _command("resume", journal)
    return command if report is None else f"{command} --report {_quoted(report)}"


def reporting_command(journal: str) -> str:
    """The command that tells what became of a run, for a shell."""
    return _command("report", journal)


def _command(word: str, journal: str) -> str:
    return f"{_program()} {word} {_quoted(f'./{journal}' if journal.startswith('-') else journal)}"


def _program() -> str:
    """What this program is called by."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{_quoted(sys.executable)} -m pinpoint_users"
    is_elsewhere = called.name == _PROGRAM and shutil.which(_PROGRAM) is None
    return _quoted(str(called.absolute())) if is_elsewhere else _PROGRAM


def _quoted(word: str) -> str:
    if visible(word) == word:
        return shlex.quote(word)
    return "$'" + "".join(f"\\{byte:03o}" for byte in os.fsencode(word)) + "'"
