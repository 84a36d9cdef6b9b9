"""What a journal knows of a user."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users.results import EndpointMessageResult


@attrs.define
class Record:
    """What is known of one user of a run; not to be changed after it is made."""

    user_id: str
    attempts: int = 0
    """How many requests carried the user."""
    endpoints: Mapping[str, EndpointMessageResult] = FrozenDict()
    """Each endpoint ID with the last result there; read back, only `delivery_status` and `status_code` are set,
    and `status_message` where the message has nothing for the endpoint's channel."""
    unknown: frozenset[str | None] = frozenset()
    """What is in flight, or had no answer that could be read: endpoint IDs, or None, which stands for the user as a whole."""
    maybe_duplicated: bool = False
    """Whether something was sent again after an unknown outcome."""
    pending: frozenset[str] = frozenset()
    """With a directory: endpoint IDs that are still to be sent to."""
    is_of_this_run: bool = False
    """On reading: whether the present run has met the user already."""
    in_hand: bool = False
    """On writing: whether the run has more to do for the user. On reading: whether another worker has."""
