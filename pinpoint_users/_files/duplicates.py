"""Users who are in a file twice, of millions, in eight bytes a user."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

MAX_KEPT = 10_000_000
"""Users among whom those who come again are found."""
_AT_ONCE = 250_000
_MOST_PARTS = 16


class Duplicates:
    """Keeps a hash of each user's ID, and finds those that came again: first by their hashes, then by a second look."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._suspects: frozenset[int] = frozenset()
        self._first: dict[str, int] = {}
        self.most = MAX_KEPT
        """How many users are kept."""
        self.is_full = False
        """Whether there were more users than are kept."""

    def extend(self, user_ids: Iterable[str]) -> None:
        """Keeps users."""
        if len(self._hashes) < self.most:
            self._hashes.extend(map(hash, user_ids))
        else:
            self.is_full = True

    def are_there(self) -> bool:
        """Whether any may have come again."""
        parts = min(_MOST_PARTS, len(self._hashes) // _AT_ONCE + 1)
        found: set[int] = set()
        for part in range(parts):
            seen: set[int] = set()
            hashes = self._hashes if parts == 1 else [each for each in self._hashes if each % parts == part]
            seen.update(hashes)
            if len(seen) < len(hashes):
                seen.clear()
                for each in hashes:
                    if each in seen:
                        found.add(each)
                    seen.add(each)
        self._suspects = frozenset(found)
        self._hashes = array("q")
        return bool(found)

    def repeated(self, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str, int]]:
        """Those who come again, on a second look at all: the line, the user, and the line of the first time."""
        suspects = self._suspects
        first = self._first
        for line, user_id in lines:
            if hash(user_id) in suspects:
                before = first.setdefault(user_id, line)
                if before != line:
                    yield line, user_id, before
