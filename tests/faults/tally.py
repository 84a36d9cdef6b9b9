"""What is counted of a run: outcomes, and what the receiving side says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Literal

import attrs
from faults.ways import LOOK_UP, Way

from pinpoint_users import DeliveryStatus, Outcome, Sent, UserResult

OnUnknown = Literal["report", "resend"]

ATTEMPTS: Mapping[OnUnknown, int] = {"report": 5, "resend": 200}
"""How often something is tried. Where messages go again until they arrive, whoever's hasn't is lost, so they mustn't be used
up by chance: through the worst proxy here one in six arrives, and of 20 in a row none would in one case of 50."""


@attrs.define(kw_only=True)
class Tally:
    """What was counted over any number of runs."""

    runs: int = 0
    users: int = 0
    duplicates: int = 0
    """Endpoints that got the message twice; where messages may go again, those of users who aren't said to have got it so."""
    lost: int = 0
    """Users who didn't come out exactly once, and endpoints of others; where messages go again until they arrive, also users
    whose didn't."""
    wrong: int = 0
    """Users whose results aren't what the receiver saw."""
    met: int = 0
    """Signs that something went wrong at all: answers other than 200, altered answers, users who weren't sent to at once."""
    maybe_duplicated: int = 0
    """Users of whom it is said that they may have got the message twice."""
    outcomes: Counter[Outcome] = attrs.field(factory=Counter)
    """Users by their outcome."""
    ended_early: Counter[str] = attrs.field(factory=Counter)
    """Why runs ended early that are to come to their end."""

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong)

    def in_words(self) -> str:
        told = f"{self.duplicates:,} duplicates, {self.lost:,} lost, {self.wrong:,} wrong outcomes"
        return "; ".join([told, *(f"a run ended early: {reason}" for reason in self.ended_early)])

    def add(self, other: Tally) -> None:
        for field in attrs.fields(Tally):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def counted(
    users: Collection[str],
    results: Collection[UserResult],
    got: Mapping[str | None, int],
    on_unknown: OnUnknown = "report",
    *,
    is_complete: bool = True,
    way: Way = LOOK_UP,
) -> Tally:
    """Compares outcomes with what the endpoints got.

    Args:
        users: The users who were handed in, each once.
        results: What came out.
        got: How often each endpoint got the message.
        on_unknown: The policy: at most once, or at least once.
        is_complete: Whether the run came to its end, so that nothing more would have gone out.
        way: How users were looked up and messages went out.
    """
    of_user = {user: {endpoint_id: got.get(endpoint_id, 0) for endpoint_id in way.endpoints_of(user)} for user in users}
    of_nobody = got.keys() - {endpoint_id for endpoints in of_user.values() for endpoint_id in endpoints}
    came_out = Counter(result.user_id for result in results)
    tally = Tally(runs=1, users=len(users), outcomes=Counter(result.outcome for result in results))
    tally.lost = sum(came_out[user] != 1 for user in users) + len(came_out.keys() - of_user.keys())
    tally.lost += len(of_nobody)
    known = [result for result in results if result.user_id in of_user]
    tally.maybe_duplicated = sum(result.maybe_duplicated for result in known)
    tally.wrong = sum(_is_wrong(result, of_user[result.user_id]) for result in known)
    if on_unknown == "report":
        tally.duplicates = sum(count > 1 for count in got.values())
        tally.wrong += tally.maybe_duplicated
    else:
        told = {result.user_id for result in known if result.maybe_duplicated}
        untold = [endpoints for user, endpoints in of_user.items() if user not in told]
        tally.duplicates = sum(count > 1 for endpoints in untold for count in endpoints.values())
        unknown = [result for result in known if result.outcome is Outcome.UNKNOWN] if is_complete else []
        tally.lost += sum(not all(of_user[result.user_id].values()) for result in unknown)
    return tally


def _is_wrong(result: UserResult, got: Mapping[str, int]) -> bool:
    """Whether the receiver saw something else than the result says. What is said to be unknown is right whatever happened."""
    said = {endpoint_id: each.delivery_status for endpoint_id, each in result.endpoints.items()}
    if any(status == "SUCCESSFUL" and not got.get(endpoint_id) for endpoint_id, status in said.items()):
        return True
    if result.outcome is Outcome.UNKNOWN:
        return False
    # An endpoint's last result says nothing of an attempt before whose outcome nobody knows.
    failed = [endpoint_id for endpoint_id, status in said.items() if status != "SUCCESSFUL" and not status.is_unknown]
    if not result.maybe_duplicated and any(got.get(endpoint_id) for endpoint_id in failed):
        return True
    if result.outcome is Outcome.SUCCESSFUL:
        return not all(count or said.get(endpoint_id) is DeliveryStatus.DUPLICATE for endpoint_id, count in got.items())
    return any(got.values()) != (result.sent is Sent.SENT)
