"""What a run is made of, where the service looks up its users."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from pinpoint_users._rate.limiter import Limit, RateLimiter
from pinpoint_users._requests.prepared import Prepared
from pinpoint_users._routes.users_messages import UsersMessages
from pinpoint_users._run.admission import ByService
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.lanes import Lanes
from pinpoint_users._run.ledger import Ledger
from pinpoint_users._run.pacing import Pace
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users.enums import ChannelType

if TYPE_CHECKING:
    from pinpoint_users._run.directory_desk import DirectoryDesk

NewLimit: TypeAlias = Callable[[str, float | None, float | None], Limit]
"""Makes the rate of a way out, by its name, of the most requests a second, and of the most that they may weigh."""
_ONE_WAY = "SendUsersMessages"


def own_limit(_name: str, requests_per_second: float | None, weight_per_second: float | None) -> Limit:
    """A rate that is shared with nobody."""
    return RateLimiter(requests_per_second, weight_per_second)


class LookUp(Protocol):
    """Makes the runs of a client. What it keeps from one run to the next is of one process."""

    desk: DirectoryDesk | None
    """Where endpoints come from, if the service doesn't look them up."""

    def core(
        self,
        prepared: Prepared,
        policy: RetryPolicy,
        first_of: Sequence[frozenset[ChannelType]],
        *,
        has_journal: bool,
        keeps_results: bool,
        **how: Any,
    ) -> RunCore:
        """The core of a run.

        Args:
            prepared: The message.
            policy: What goes again.
            first_of: Groups of channels of which each user gets the message by the first one that reaches; none for all.
            has_journal: Whether there is a journal.
            keeps_results: Whether results are kept for a report.
            how: What else a core is told.
        """
        ...

    def renew(self) -> None:
        """In a child process, begins anew: locks stay behind."""
        ...


class ServiceLookUp:
    """The service looks up the users of the runs.

    Args:
        requests_per_second: The bound of all runs together.
        new_limit: Makes their rate.
    """

    desk: DirectoryDesk | None = None

    def __init__(self, requests_per_second: float | None, new_limit: NewLimit) -> None:
        self._requests_per_second = requests_per_second
        self._new_limit = new_limit
        self.renew()

    def renew(self) -> None:
        """In a child process, begins anew."""
        self._limit = self._new_limit(_ONE_WAY, self._requests_per_second, None)

    def core(
        self,
        prepared: Prepared,
        policy: RetryPolicy,
        first_of: Sequence[frozenset[ChannelType]],  # noqa: ARG002 - it takes a directory
        *,
        has_journal: bool,
        keeps_results: bool,
        **how: Any,
    ) -> RunCore:
        """The core of a run."""
        router = UsersMessages(prepared.encoder, packs=keeps_results or has_journal)
        admission = ByService(policy, prepared.variables, router, prepared.encoder)
        ledger = Ledger(policy, admission, router, has_journal=has_journal)
        lanes = Lanes({"": Pace(policy, self._limit, random.random)})
        return RunCore(ledger, lanes, has_journal=has_journal, keeps_results=keeps_results, **how)
