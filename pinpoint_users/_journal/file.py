"""A journal's file, as a run uses it.

The file grows as a log: each write is one block, with a line for each of some users, so that a request costs the same whatever
the order of its users and however many came before.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from pinpoint_users._journal.codec import (
    FORMAT,
    CorruptError,
    Header,
    TruncatedError,
    compress,
    decode_header,
    decode_user,
    encode_delivered,
    encode_header,
    encode_in_flight,
    encode_user,
    find_line,
    is_header,
    is_of_older_release,
    read_blocks,
    user_ids_of,
)
from pinpoint_users._journal.index import Entry, Index
from pinpoint_users._journal.locked_file import LockedFile, ReplacedError
from pinpoint_users._journal.record import Record
from pinpoint_users._packed import endpoint_ids
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.errors import JournalError
from pinpoint_users.journal import Journal
from pinpoint_users.user_result import UserResult

__all__ = ["JournalFile", "Record"]

_START = 72


class JournalFile:
    """The file of a journal, opened for one run. May be called from any thread, but only in the process that opened it.

    The run has the file for itself until `close`, or until nobody refers to this object any more.

    Args:
        journal: Where it is.
        application_id: The application of the run.
        content: Message, templates and context of the run in one encoding; only the SHA-256 is kept.

    Raises:
        JournalError: It can't be used: what is wrong, and what to do.
    """

    def __init__(self, journal: Journal, *, application_id: str, content: bytes) -> None:
        self._path = os.path.abspath(journal.path)  # noqa: PTH100 - for errors, and whatever directory is the current one later
        self._lock = threading.Lock()
        self._index = Index()
        with _translated_errors(self._path, "opened"):
            self._file = LockedFile(self._path)
            try:
                last = self._load(force=journal.force)
                header = Header(application_id, hashlib.sha256(content).hexdigest(), self._file.inode)
                if last is not None and not journal.force:
                    _compare(self._path, last, header)
                self._file.hide_from_others()
                # A file that can't be written shows it before anything is sent.
                self._file.append(compress([encode_header(header)]))
            except BaseException:
                self.close()
                raise

    def look_up(self, user_ids: Collection[str], *, claims: bool = True) -> dict[str, Record]:  # noqa: ARG002 - no other run has any
        """The records of those users whom the journal knows.

        Raises:
            JournalError: The file can't be read.
        """
        with self._opened("read"):
            found = self._index.find(user_ids)
            read = self._read({user_id: entry for user_id, entry in found.items() if entry[2] is None})
            self._index.add(read)
            found.update(read)
            return {
                user_id: decode_user(line, is_of_this_run=is_of_this_run)
                for user_id, (_, is_of_this_run, line) in found.items()
                if line is not None
            }

    def write(
        self,
        records: Collection[Record],
        results: Collection[UserResult] = (),
        in_flight: Collection[str] = (),
        packed: Mapping[str, str] = FrozenDict(),
    ) -> None:
        """Replaces what the file has of these users, all or none of them, and marks them as met by this run.

        Args:
            records: What is known of users.
            results: Those of other users, to whom the message went for certain.
            in_flight: Further users, whom the file doesn't know yet, and who are about to be sent to.
            packed: The same as `results`, packed, of further users by ID.

        Raises:
            JournalError: The file can't be written, as on a full disk. It stays as it was, and can be tried again.
        """
        with self._opened("written"):
            lines = {user_id: encode_delivered(user_id, endpoint_ids(text)) for user_id, text in packed.items()}
            lines.update((result.user_id, encode_user(result)) for result in results)
            lines.update((record.user_id, encode_user(record, record.unknown, record.pending)) for record in records)
            recent = self._index.recent
            unchanged = [user_id for user_id, line in lines.items() if user_id in recent and recent[user_id][2] == line]
            marked = {user_id: (recent[user_id][0], True, lines.pop(user_id)) for user_id in unchanged}
            lines.update((user_id, encode_in_flight(user_id)) for user_id in in_flight)
            self._append(lines)
            self._index.add(marked)

    def close(self) -> None:
        """Unlocks the file. In a child of the process that opened it, this does nothing."""
        if self._file.is_foreign:
            return
        with self._lock:
            self._file.close()
            self._index.close()

    def _load(self, *, force: bool) -> Header | None:
        """Reads the file from the beginning, and gives the last run's header; a new file has none."""
        header = None
        if not self._file.is_regular:
            raise _refusal(self._path, b"")
        try:
            for offset, text in read_blocks(self._file.read):
                if header is not None and not is_header(text):
                    self._index.add(dict.fromkeys(user_ids_of(text), (offset, False, None)))
                else:
                    header = decode_header(text)
                    if header.format != FORMAT:
                        raise JournalError(f"{self._path}: the journal is of a newer release: upgrade pinpoint-users")
        except CorruptError as error:
            if header is None:
                raise _refusal(self._path, self._file.read(0, _START)) from None
            if not isinstance(error, TruncatedError):
                raise
            # A kill or a power cut broke off a write, on the strength of which nothing went out; or a copy isn't whole.
            if header.inode != self._file.inode and not force:
                raise JournalError(
                    f"{self._path}: this copy of a journal is cut off, so it can't tell who has got the message: copy the "
                    "journal again while no run is using it, or, if this is all that is left, Journal(path, force=True)"
                ) from None
            self._file.truncate(error.end)
        return header

    def _append(self, lines: dict[str, str]) -> None:
        """Writes a block."""
        if lines:
            offset = self._file.size
            self._file.append(compress(lines.values()))
            self._index.add({user_id: (offset, True, line) for user_id, line in lines.items()})

    def _read(self, entries: dict[str, Entry]) -> dict[str, Entry]:
        """The same entries with their lines; each block is read once."""
        users: dict[int, list[str]] = {}
        for user_id, (offset, _, _) in entries.items():
            users.setdefault(offset, []).append(user_id)
        read: dict[str, Entry] = {}
        for offset in sorted(users):
            _, text = next(read_blocks(self._file.read, offset), (offset, ""))
            for user_id in users[offset]:
                read[user_id] = (offset, entries[user_id][1], find_line(text, user_id))
        return read

    @contextmanager
    def _opened(self, action: str) -> Iterator[None]:
        """Lets one thread at a time use the file."""
        if self._file.is_foreign:
            raise JournalError(
                f"{self._path}: the journal can't be {action} by a child of the process that opened it: begin a run in the "
                "child, with a journal of its own"
            )
        with self._lock, _translated_errors(self._path, action):
            if self._file.is_closed:
                raise JournalError(f"{self._path}: the journal can't be {action} any more, as it is closed: begin another run")
            yield


@contextmanager
def _translated_errors(path: str, action: str) -> Iterator[None]:
    """Turns the errors of the file into ours, each with what to do."""
    try:
        yield
    except CorruptError as error:
        raise JournalError(
            f"{path}: the journal is damaged, so it can't tell who has got the message: put back a copy of it, or take another "
            "file, for a run that knows of no user"
        ) from error
    except ReplacedError as error:
        raise JournalError(
            f"{path}: the journal was moved, deleted, replaced or changed while this run was using it: put it back before the "
            "next run, which otherwise doesn't know who has got the message"
        ) from error
    except BlockingIOError as error:
        raise JournalError(
            f"{path}: another run uses this journal: wait for its end, or take another file for this run"
        ) from error
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise JournalError(
            f"{path}: the journal can't be {action} ({reason}): see that its directory exists, that both may be written, and "
            "that there is space on the disk"
        ) from error


def _compare(path: str, last: Header, header: Header) -> None:
    if (last.application_id, last.content_sha256) == (header.application_id, header.content_sha256):
        return
    is_other_application = last.application_id != header.application_id
    whose = f"application {last.application_id!r}, not {header.application_id!r}" if is_other_application else "another message"
    raise JournalError(
        f"{path}: the journal is of {whose}: take another file for this run, or, to go on with those users "
        "who weren't finished, Journal(path, force=True)"
    )


def _refusal(path: str, start: bytes) -> JournalError:
    """Why a file that doesn't begin as a journal is refused."""
    if is_of_older_release(start):
        return JournalError(
            f"{path}: the journal is of an older release, before 1.0, which this one can't read: finish its run with that "
            "release, or take another file, for a run that knows of no user"
        )
    return JournalError(f"{path}: this file isn't a journal: take a path where there is no file yet")
