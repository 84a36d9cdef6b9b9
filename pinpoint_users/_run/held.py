"""Users whom other workers with the same journal have in hand: they wait until those are done with them, or are lost."""

from __future__ import annotations

from collections.abc import Collection

from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.messages.request import EndpointSendConfiguration

_MAX_HELD = 10_000
_ASKED_AGAIN_AFTER = 1.0
_NEVER = float("inf")


class Held:
    """The users, and when the journal is to be asked for them again."""

    def __init__(self) -> None:
        self.until: float = _NEVER
        """When the journal is to be asked again."""
        self._users: dict[str, EndpointSendConfiguration] = {}

    def __bool__(self) -> bool:
        return bool(self._users)

    @property
    def are_many(self) -> bool:
        """Whether there are so many that no further users are to be taken in, whom there may be as many of."""
        return len(self._users) >= _MAX_HELD

    def put(self, user_ids: Collection[str], batch: dict[str, EndpointSendConfiguration], now: float) -> None:
        """Puts users of a batch aside."""
        if user_ids:
            self.until = min(self.until, now + _ASKED_AGAIN_AFTER)
            self._users.update((user_id, batch.pop(user_id)) for user_id in user_ids)

    def take(self) -> list[dict[str, EndpointSendConfiguration]]:
        """All of them, in batches; they wait no longer."""
        users, self._users, self.until = self._users, {}, _NEVER
        return in_batches(users)


def in_batches(users: dict[str, EndpointSendConfiguration]) -> list[dict[str, EndpointSendConfiguration]]:
    """Users, by as many as a request may carry."""
    if len(users) <= MAX_USERS:
        return [users] if users else []
    entries = [*users.items()]
    return [dict(entries[start : start + MAX_USERS]) for start in range(0, len(entries), MAX_USERS)]
