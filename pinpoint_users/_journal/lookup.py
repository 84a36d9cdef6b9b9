"""A journal's users found by their IDs, without a run."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from typing_extensions import Self

from pinpoint_users._journal.codec import (
    CorruptError,
    TruncatedError,
    decode_user,
    find_line,
    is_header,
    read_blocks,
    user_ids_of,
)
from pinpoint_users._journal.index import Index
from pinpoint_users._journal.record import Record
from pinpoint_users.errors import JournalError


class JournalLookup:
    """Finds users in a journal's file, in bounded memory, as far as it was written when it was opened.

    Args:
        path: Where it is.

    Raises:
        JournalError: It can't be read.
    """

    def __init__(self, path: str) -> None:
        self._index = Index()
        try:
            self._file = Path(path).open("rb")  # noqa: SIM115 - `close` closes it
        except OSError as error:
            raise JournalError(f"{path}: the journal can't be read ({error.strerror}): check the path") from error
        try:
            self._load()
        except TruncatedError:
            pass  # a write that a kill broke off, on the strength of which nothing went out
        except CorruptError as error:
            self.close()
            raise JournalError(
                f"{path}: this file isn't a journal, or is damaged: take the one that `send` told of, or a copy of it"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        self._index.close()

    def find(self, user_ids: Collection[str]) -> dict[str, Record]:
        """The records of those users whom the journal knows."""
        places: dict[int, list[str]] = {}
        for user_id, (offset, _, _) in self._index.find(user_ids).items():
            places.setdefault(offset, []).append(user_id)
        found = {}
        for offset in sorted(places):
            _, text = next(read_blocks(self._read, offset))
            found.update({user_id: decode_user(find_line(text, user_id), is_of_this_run=False) for user_id in places[offset]})
        return found

    def _load(self) -> None:
        for offset, text in read_blocks(self._read):
            if not is_header(text):
                self._index.add(dict.fromkeys(user_ids_of(text), (offset, False, None)))

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)
