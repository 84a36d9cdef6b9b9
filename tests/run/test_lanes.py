"""The requests that wait for their turn to go out."""

from __future__ import annotations

import math

from run.machine_of_core import NOTHING, PREPARED

from pinpoint_users import RetryPolicy
from pinpoint_users._rate.limiter import RateLimiter
from pinpoint_users._routes.users_messages import UsersMessages
from pinpoint_users._run.lanes import Lanes
from pinpoint_users._run.pacing import Pace


def test_while_many_requests_wait_no_further_users_are_admitted():
    lanes = Lanes({"": Pace(RetryPolicy(), RateLimiter(None), lambda: 0.5)})
    admits, waiting = [], 0
    while not admits or admits[-1] < math.inf:
        admits.append(lanes.admits_at(5.0))
        lanes.add(UsersMessages(PREPARED.encoder).first_attempt({f"u-{waiting}": NOTHING}), 5.0)
        waiting += 1
        assert waiting < 10_000
    assert {*admits[:-1]} == {5.0}
    while lanes.take(5.0) is not None:
        pass
    assert lanes.admits_at(5.0) < math.inf
