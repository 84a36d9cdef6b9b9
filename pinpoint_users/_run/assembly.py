"""What a run is made of, by who looks up its users' endpoints."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from pinpoint_users._rate.limiter import RateLimit
from pinpoint_users._requests.prepared import Prepared
from pinpoint_users._routes.directory import DirectoryRouter
from pinpoint_users._routes.users_messages import UsersMessages
from pinpoint_users._run.admission import ByDirectory, ByService
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.lanes import Lanes
from pinpoint_users._run.ledger import Ledger
from pinpoint_users._run.pacing import Pace
from pinpoint_users._run.retry import RetryPolicy


def core_by_service(
    prepared: Prepared, policy: RetryPolicy, limit: RateLimit, *, has_journal: bool, keeps_results: bool, **how: Any
) -> RunCore:
    """A run whose users the service looks up."""
    # A journal is told of each result, so there it is an object.
    router = UsersMessages(prepared.encoder, packs=keeps_results and not has_journal)
    admission = ByService(policy, prepared.variables, router, prepared.encoder)
    ledger = Ledger(policy, admission, router, has_journal=has_journal)
    lanes = Lanes({"": Pace(policy, limit, random.random)})
    return RunCore(ledger, lanes, has_journal=has_journal, keeps_results=keeps_results, **how)


def core_by_directory(
    prepared: Prepared,
    policy: RetryPolicy,
    router: DirectoryRouter,
    limits: Mapping[str, RateLimit],
    *,
    has_journal: bool,
    **how: Any,
) -> RunCore:
    """A run whose users are looked up in a directory.

    Args:
        prepared: The message.
        policy: What goes again.
        router: Chooses endpoints and makes the requests.
        limits: The rate of each lane, by the names of the routes.
        has_journal: Whether there is a journal.
        how: What else a core is told.
    """
    admission = ByDirectory(policy, prepared.variables, router)
    ledger = Ledger(policy, admission, router, has_journal=has_journal)
    lanes = Lanes({name: Pace(policy, limit, random.random) for name, limit in limits.items()})
    return RunCore(ledger, lanes, has_journal=has_journal, has_directory=True, **how)
