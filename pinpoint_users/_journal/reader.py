"""A journal read without a run: what it knows of each user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pinpoint_users._journal.codec import (
    FORMAT,
    CorruptError,
    Header,
    TruncatedError,
    decode_header,
    decode_user,
    is_header,
    read_blocks,
    user_ids_of,
)
from pinpoint_users._journal.record import Record
from pinpoint_users.errors import JournalError

_PUT = "INSERT INTO users VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET line = excluded.line"


class JournalReader:
    """The users of a journal, each once, in constant memory. A run may use the journal meanwhile.

    Args:
        path: Where it is.

    Raises:
        JournalError: It can't be read: what is wrong, and what to do.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.header: Header = self._header()

    def records(self) -> Iterator[Record]:
        """What is known of each user, in the order in which they were first written.

        Raises:
            JournalError: The journal is damaged.
        """
        with closing(sqlite3.connect("", isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode=OFF")
            database.execute("PRAGMA synchronous=OFF")
            database.execute("CREATE TABLE users (user TEXT PRIMARY KEY, line TEXT)")
            for text in self._blocks():
                if not is_header(text):
                    rows = zip(user_ids_of(text), text.splitlines(), strict=True)
                    database.executemany(_PUT, rows)
            for (line,) in database.execute("SELECT line FROM users ORDER BY rowid"):
                yield decode_user(line, is_of_this_run=False)

    def _header(self) -> Header:
        try:
            for text in self._blocks():
                header = decode_header(text)
                if header.format != FORMAT:
                    raise JournalError(f"{self._path}: the journal is of a newer release: upgrade pinpoint-users")
                return header
        except CorruptError:
            pass
        raise JournalError(f"{self._path}: this file isn't a journal: name the one that `send` told of")

    def _blocks(self) -> Iterator[str]:
        try:
            with Path(self._path).open("rb") as file:

                def read(offset: int, size: int) -> bytes:
                    file.seek(offset)
                    return file.read(size)

                for _, text in read_blocks(read):
                    yield text
        except TruncatedError:
            return  # a write that goes on, or that a kill broke off: nothing went out on the strength of it
        except OSError as error:
            raise JournalError(f"{self._path}: the journal can't be read ({error.strerror}): check the path") from error
