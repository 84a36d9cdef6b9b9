"""What a way out is: it turns users, or endpoints of users, into requests within its limits.

It knows nothing of retries, journals, rates or threads; what the answers to its requests say, these read themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from pinpoint_users._requests.jobs import Job, User
from pinpoint_users.messages.request import EndpointSendConfiguration


class Route(Protocol):
    """A way out."""

    def first_attempt(self, users: Mapping[str, EndpointSendConfiguration]) -> Job:
        """The request for at most 100 users of whom nothing is known."""
        ...

    def attempts(self, users: list[User], endpoints: list[tuple[str, User]], attempt: int) -> list[Job]:
        """The requests for users as a whole and for single endpoints of users, by ID."""
        ...
