"""The users whom a run has met, in their order: who comes again, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable

from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.user_result import Kept


class Seen:
    """The users of a run.

    Args:
        tells_apart: Whether a user ID that comes again is passed over, for which IDs are kept.
        forgets: Whether users who are done are let go of, as the journal tells them apart from then on.
    """

    def __init__(self, *, tells_apart: bool, forgets: bool) -> None:
        self.results: dict[str, Kept | None] = {}
        """What became of each user, which may be packed; None as long as it isn't known."""
        self.duplicates: list[str] = []
        """User IDs that came again and were passed over."""
        self._tells_apart = tells_apart
        self._forgets = forgets

    def batched(self, pairs: list[tuple[str, EndpointSendConfiguration]]) -> Iterable[dict[str, EndpointSendConfiguration]]:
        """The users in batches of different IDs; where IDs are told apart, without those that have come before."""
        batch = dict(pairs)
        if len(batch) == len(pairs) <= MAX_USERS and self.results.keys().isdisjoint(batch):
            if self._tells_apart:
                self.results.update(dict.fromkeys(batch))
            return [batch]
        batches: list[dict[str, EndpointSendConfiguration]] = [{}]
        for user_id, configuration in pairs:
            if user_id in self.results:
                self.duplicates.append(user_id)
                continue
            if self._tells_apart:
                self.results[user_id] = None
            if user_id in batches[-1] or len(batches[-1]) == MAX_USERS:
                batches.append({})
            batches[-1][user_id] = configuration
        return [batch for batch in batches if batch]

    def forget(self, user_ids: Iterable[str]) -> None:
        """Lets go of users whom the journal knows to be done, and tells apart from now on."""
        for user_id in user_ids if self._forgets else ():
            del self.results[user_id]
