"""A journal read without a run: what it knows of each user."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from pinpoint_users._journal.codec import (
    FORMAT,
    CorruptError,
    Header,
    TruncatedError,
    decode_header,
    decode_user,
    is_header,
    is_of_older_release,
    read_blocks,
    user_ids_of,
)
from pinpoint_users._journal.record import Record
from pinpoint_users.errors import JournalError, RunNotFoundError
from pinpoint_users.journal import Journal

_PUT = "INSERT INTO users VALUES (?, ?) ON CONFLICT (user) DO UPDATE SET line = excluded.line"
_TEMPORARY = (
    "PRAGMA journal_mode=OFF",
    "PRAGMA synchronous=OFF",
    "CREATE TABLE users (user BLOB PRIMARY KEY, line BLOB)",
    "BEGIN",
)
_SOME = 1_000
_START = 72  # bytes by which a journal of an older release is known


class JournalFileReader:
    """The users of a journal as it is now, each once. Takes bounded memory; a run may use the journal meanwhile.

    The last line of each user goes to a temporary database, as a user's lines may be anywhere in the file. To be closed.

    Args:
        path: Where it is.

    Raises:
        JournalError: It can't be read: what is wrong, and what to do.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._database = sqlite3.connect("", isolation_level=None)
        try:
            with self._translated_errors():
                self.header: Header = self._load()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Frees the temporary database."""
        self._database.close()

    def records(self) -> Iterator[Record]:
        """What is known of each user, in the order in which they were first written.

        Raises:
            JournalError: The journal is damaged.
        """
        rows = self._database.execute("SELECT line FROM users ORDER BY rowid")
        with self._translated_errors():
            while some := rows.fetchmany(_SOME):
                for (line,) in some:
                    yield decode_user(_text(line), is_of_this_run=False)

    def find(self, user_ids: Collection[str]) -> dict[str, Record]:
        """The records of those users whom the journal knows, who are at most 900.

        Raises:
            JournalError: The journal is damaged.
        """
        marks = ",".join("?" * len(user_ids))
        with self._translated_errors():
            rows = self._database.execute(f"SELECT line FROM users WHERE user IN ({marks})", list(map(_bytes, user_ids)))  # noqa: S608 - no values
            records = [decode_user(_text(line), is_of_this_run=False) for (line,) in rows]
        return {record.user_id: record for record in records}

    def _load(self) -> Header:
        """Reads the file, and gives the last run's header."""
        for statement in _TEMPORARY:
            self._database.execute(statement)
        if not stat.S_ISREG(os.stat(self._path).st_mode):  # noqa: PTH116 - the path as it was named
            raise self._refusal(b"")
        header: Header | None = None
        with Path(self._path).open("rb") as file:
            status = os.fstat(file.fileno())

            def read(offset: int, length: int) -> bytes:
                file.seek(offset)
                return file.read(min(length, status.st_size - offset))

            try:
                for _, text in read_blocks(read):
                    if header is None or is_header(text):
                        header = self._decode(text)
                    else:
                        lines = text.removesuffix("\n").split("\n")
                        self._database.executemany(_PUT, zip(map(_bytes, user_ids_of(text)), map(_bytes, lines), strict=True))
            except CorruptError as error:
                if header is not None:
                    self._check_end(error, is_original=header.inode == status.st_ino)
            if header is None:
                raise self._refusal(read(0, _START))
        return header

    def _decode(self, text: str) -> Header:
        header = decode_header(text)
        if header.format != FORMAT:
            raise JournalError(f"{self._path}: the journal is of a newer release: upgrade pinpoint-users")
        return header

    def _check_end(self, error: CorruptError, *, is_original: bool) -> None:
        """Refuses what can't be read, unless it is a write that a run is about, or that a kill broke off."""
        if not isinstance(error, TruncatedError):
            raise error
        if not is_original:
            raise JournalError(
                f"{self._path}: this copy of a journal is cut off, so it can't tell who has got the message: copy the journal "
                "again while no run is using it"
            )

    def _refusal(self, start: bytes) -> JournalError:
        if is_of_older_release(start):
            return JournalError(f"{self._path}: the journal is of an older release, before 1.0, which this one can't read")
        return JournalError(f"{self._path}: this file isn't a journal: name the one that `send` told of")

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except CorruptError as error:
            raise JournalError(
                f"{self._path}: the journal is damaged, so it can't tell who has got the message: put back a copy of it"
            ) from error
        except OSError as error:
            raise JournalError(f"{self._path}: the journal can't be read ({error.strerror}): check the path") from error
        except sqlite3.Error as error:
            raise JournalError(
                f"{self._path}: the journal can't be read ({error}): see that the disk with temporary files has space for it"
            ) from error


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(line: bytes) -> str:
    return line.decode("utf-8", "surrogatepass")


class WholeFile:
    """What the file of a journal knows of a whole run, read whenever it is asked for.

    Args:
        journal: Where it is.
    """

    def __init__(self, journal: Journal) -> None:
        self._path = journal.path

    def records(self) -> Iterator[Record]:
        """What is known of each user, in the order in which they were first written.

        Raises:
            RunNotFoundError: There is no file.
            JournalError: It can't be read.
        """
        if not Path(self._path).exists():
            raise RunNotFoundError(f"{self._path}: there is no journal: no run has begun with it")
        with JournalFileReader(self._path) as reader:
            yield from reader.records()

    def tally(self) -> Iterator[tuple[Record, int]]:
        """The same, one by one."""
        return ((record, 1) for record in self.records())
