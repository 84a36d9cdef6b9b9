"""The file of a journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import attrs

from pinpoint_users.errors import JournalError
from pinpoint_users.journal import Journal
from pinpoint_users.results import EndpointMessageResult


@attrs.frozen(kw_only=True)
class Record:
    """What is known of a user."""

    user_id: str
    attempts: int = 0
    endpoints: Mapping[str, EndpointMessageResult]
    lost: frozenset[str | None] = frozenset()
    maybe_duplicated: bool = False
    is_of_this_run: bool = False


class JournalFile:
    """A journal that is open."""

    def __init__(self, journal: Journal, *, application_id: str, content: bytes) -> None:  # noqa: ARG002 - to come
        raise JournalError(f"{journal.path}: journals can't be used yet")

    def look_up(self, user_ids: Collection[str]) -> dict[str, Record]:  # noqa: ARG002 - to come
        """What the file has of these users."""
        return {}

    def write(self, records: Collection[Record]) -> None:
        """Replaces what the file has of these users."""

    def close(self) -> None:
        """Closes the file."""
