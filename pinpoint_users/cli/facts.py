"""What is kept beside a journal, so that a run can be resumed without a word more than the journal's name."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users.cli.exits import CommandError
from pinpoint_users.cli.options import SendOptions

_FORMAT = 1
_SUFFIX = ".json"
_CHUNK = 1 << 20


@attrs.frozen(kw_only=True)
class RunFacts:
    """What a run was begun with."""

    options: SendOptions
    """Its options; paths are absolute."""
    message_sha256: str
    """Of the message's file."""
    users_sha256: str
    """Of the users' file."""
    users: int
    """How many users it has, each counted once."""
    is_temporary: bool
    """Whether the journal is deleted when everybody has got the message, as nobody has named it."""

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
                f"{path}: isn't there, which says what the run of {journal} was: repeat the whole command, with --journal {journal}"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise CommandError(
                f"{path}: can't be read: repeat the whole command of the run, with --journal {journal}"
            ) from None

    def check_files(self) -> None:
        """Refuses files that aren't what they were.

        Raises:
            CommandError: A file has changed or is gone: which, and what to do.
        """
        lines = []
        for what, path, digest in (
            ("message", self.options.message, self.message_sha256),
            ("users", self.options.users, self.users_sha256),
        ):
            if path is None:
                continue
            try:
                changed = sha256_of(path) != digest
            except OSError as error:
                lines.append(f"{path}: {error.strerror}: put the {what} of the run back, which the journal is about")
                continue
            if changed:
                lines.append(
                    f"{path}: the {what} changed since the run began, so who is left isn't known: put the file back as it was, or "
                    "send the new one by another `pinpoint-users send` with another --journal"
                )
        if lines:
            raise CommandError(*lines)


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


def resuming_command(journal: str) -> str:
    """The command that goes on with a run."""
    return f"pinpoint-users resume {shlex.quote(journal)}"
