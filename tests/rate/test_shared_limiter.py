"""The shared limiter by itself, in simulated time: the processes of a fleet, and a store that the simulation answers for."""

from __future__ import annotations

import json
from random import Random

import pytest
from rate.fleet import AWAY, HANGS, Fleet
from rate.test_limiter import Quota

from pinpoint_users._rate.limiter import RateLimiter
from pinpoint_users._rate.permits import Permits, ServerClock
from pinpoint_users._rate.shared import SharedLimiter, Told

LATE = 0.35
"""Seconds for which a lease may be late: a quarter, what the bound's own bucket has, and a round trip."""


@pytest.mark.parametrize(
    ("number", "bound", "workers"), [(1, 100, 8), (4, 100, 1), (8, 400, 8), (40, 1_000, 4), (4, 2, 8), (10, 0.5, 2)]
)
def test_a_fleet_keeps_the_bound_and_uses_it(number, bound, workers):
    fleet = Fleet(number, bound=bound, workers=workers).run(until=8 if bound > 2 else 60)
    assert fleet.rate(3, 8 if bound > 2 else 60) == pytest.approx(bound, rel=0.1)
    for seconds in (0.1, 1.0, 3.0):
        assert fleet.most_within(seconds) <= bound * (seconds + LATE) + 2


def test_each_of_a_fleet_has_a_share():
    fleet = Fleet(8, bound=200).run(until=10)
    assert min(map(len, fleet.by)) > 0.3 * max(map(len, fleet.by))


def test_the_store_is_asked_far_less_often_than_requests_go():
    fleet = Fleet(4, bound=1_000, workers=32).run(until=4)
    assert fleet.rate(2, 4) > 900
    assert fleet.asks / 4 < 80


def test_permits_that_nobody_used_in_time_are_not_made_up_for():
    fleet = Fleet(2, bound=100, workers=1, latency=(0.1, 0.3)).run(until=20)  # some ten requests a second, at most
    assert fleet.most_within(1.0) < 25
    for limit in fleet.limits:
        assert limit._size <= 8


@pytest.mark.parametrize("burst", [1, None])
@pytest.mark.parametrize(("number", "quota"), [(1, 20), (4, 20), (8, 60)])
def test_a_fleet_finds_a_quota_together(number, quota, burst):
    fleet = Fleet(number)
    fleet.throttled = Quota(quota, burst)
    fleet.run(until=50)
    assert fleet.rate(20, 50) == pytest.approx(quota, rel=0.15)
    assert fleet.share_refused() < 0.15
    assert fleet.share_refused(since=20) < 0.03


def test_who_joins_begins_at_the_rate_that_the_others_found():
    fleet = Fleet(2)
    fleet.throttled = Quota(20, 1)
    fleet.run(until=30)
    newcomer = SharedLimiter("rate", None, None, Random(9).random)
    assert newcomer.wait(0.0) == float("inf")
    ask = newcomer.ask(0.0)
    fleet.state, lease = ask.told(fleet.state, fleet.now + fleet.skew, 0.0)
    newcomer.answered(Told(lease, 0.0, fleet.now + fleet.skew, 0.0), 0.0)
    assert lease.count in {0, 1}
    assert lease.interval == pytest.approx(1 / 20, rel=0.3)
    assert newcomer.wait(0.0) > 0


def test_where_nothing_limits_and_nothing_is_throttled_nobody_waits():
    fleet = Fleet(3).run(until=4)
    alone = 8 * 3 / 0.0275
    assert fleet.rate(1, 4) > 0.95 * alone
    assert fleet.asks < 3 * 8


def test_what_requests_weigh_is_bounded_together():
    fleet = Fleet(3, weight=1_000, weigh=50).run(until=20)
    assert fleet.rate(5, 20) == pytest.approx(20, rel=0.1)
    assert fleet.most_within(5.0) <= 20 * (5 + LATE) + 3


def test_what_requests_weigh_is_learned_as_they_go():
    limit = SharedLimiter("rate", None, 1_000.0, lambda: 0.0)
    for second in range(20):
        now = float(second)
        limit.wait(now)
        ask = limit.ask(now)
        _, lease = ask.told(None, now, now)
        limit.answered(Told(lease, now, now, now), now)
        limit.take(now, 50.0)
    limit.wait(20.0)
    assert limit.ask(20.0).weight == pytest.approx(50.0, rel=0.01)


@pytest.mark.parametrize("wrong", [AWAY, HANGS])
def test_a_store_that_is_away_leaves_each_its_share(wrong):
    fleet = Fleet(4, bound=40)
    fleet.store = lambda now: wrong if 10 <= now < 25 else None
    fleet.run(until=25)
    assert fleet.rate(14, 25) == pytest.approx(40, rel=0.15)
    before = fleet.asks
    fleet.run(until=40)
    assert fleet.rate(28, 40) == pytest.approx(40, rel=0.1)
    assert fleet.most_within(1.0) <= 2 * 40 + 8  # as long as some have found the store back, and others haven't
    assert before < 10 * 4 * 8


def test_one_that_is_alone_never_goes_faster_than_the_bound():
    fleet = Fleet(1, bound=10)
    fleet.store = lambda now: AWAY if now >= 1 else None
    fleet.run(until=30)
    assert fleet.rate(5, 30) <= 10
    assert fleet.limits[0].is_alone
    assert fleet.limits[0].alone_at <= 10


def test_one_that_is_alone_finds_what_the_service_takes():
    fleet, quota = Fleet(1), Quota(20, 1)
    fleet.throttled = lambda now: quota(now) if now >= 3 else 0.0
    fleet.store = lambda now: AWAY if now >= 1 else None
    fleet.run(until=40)
    assert fleet.rate(20, 40) == pytest.approx(20, rel=0.2)
    assert fleet.share_refused(since=20) < 0.05


def test_one_that_is_alone_keeps_to_its_share_of_what_the_service_was_found_to_take():
    fleet = Fleet(3)
    fleet.throttled = Quota(20, 1)
    fleet.store = lambda now: AWAY if now >= 30 else None
    fleet.run(until=60)
    assert all(limit.is_alone for limit in fleet.limits)
    assert fleet.rate(35, 60) == pytest.approx(20, rel=0.2)
    assert fleet.share_refused(since=35) < 0.05


def test_one_that_was_leased_nothing_goes_on_slowly():
    limit = SharedLimiter("rate", 1_000.0, 1_000.0, lambda: 0.0)
    limit.wait(0.0)
    ask = limit.ask(0.0)
    _, lease = ask.told(json.dumps(_deep_in_debt()), 0.0, 0.0)
    assert lease.count == 0
    assert not limit.answered(Told(lease, 0.0, 0.0, 0.0), 0.0)
    limit.wait(1.0)
    assert limit.ask(limit.due_at(1.0)) is not None
    assert limit.failed(1.0)
    assert limit.alone_at == 0.05


def _deep_in_debt():
    limiter = RateLimiter(1_000.0, 1_000.0)
    limiter.lease(0.0, 100, 1.0, ahead=10.0)
    limiter.lease(0.0, 10_000, 1.0, ahead=10.0)
    return limiter.state()


def test_nobody_knows_a_share_where_the_store_never_answered():
    fleet = Fleet(1, bound=10)
    fleet.store = lambda _now: AWAY
    fleet.run(until=5)
    assert not fleet.sent
    assert not fleet.limits[0].is_alone
    assert fleet.limits[0].alone_at is None


def _odd():
    """A state that reads well, and no rate can be."""
    limiter = RateLimiter(None)
    for _ in range(40):
        limiter.throttled(5.0)
    limiter.lease(7.0, 1, 1.0, ahead=0.25)
    state = limiter.state()
    state["adaptive"]["taken"] = "much"
    return json.dumps(state)


@pytest.mark.parametrize(
    "state",
    [
        "{",
        "[]",
        "7",
        "null",
        '{"now": "x"}',
        '{"now": 5}',
        json.dumps({**RateLimiter(10.0).state(), "now": 5, "own": 3}),
        _odd(),
    ],
)
def test_a_state_that_cannot_be_read_is_begun_anew(state):
    limit = SharedLimiter("rate", 10.0, None, lambda: 0.0)
    limit.wait(0.0)
    new, lease = limit.ask(0.0).told(state, 10.0, 0.0)
    assert lease.count == 1
    assert json.loads(new)["now"] == 10.0


def test_a_store_whose_clock_is_another_is_begun_anew():
    fleet = Fleet(2, bound=10).run(until=5)
    fleet.skew -= 1_000_000
    fleet.run(until=15)
    assert fleet.rate(6, 15) == pytest.approx(10, rel=0.1)
    fleet.skew += 3_000_000
    fleet.run(until=25)
    assert fleet.rate(16, 25) == pytest.approx(10, rel=0.1)


def test_a_lease_is_not_for_later_runs():
    limit = SharedLimiter("rate", 100.0, None, lambda: 0.0)
    assert limit.peek(0.0) == 0.0  # nobody has asked, so it may go well
    limit.wait(0.0)
    assert limit.peek(0.0) == float("inf")
    ask = limit.ask(0.0)
    assert limit.peek(0.0) == float("inf")
    limit.forget()  # while the store is asked
    told = Told(ask.told(None, 0.0, 0.0)[1], 0.0, 0.0, 0.0)
    limit.answered(told, 0.0)
    assert limit.wait(0.0) == float("inf")
    limit.answered(Told(limit.ask(0.0).told(None, 0.0, 0.0)[1], 0.0, 0.0, 0.0), 0.0)
    assert limit.wait(0.0) == 0.0
    limit.forget()
    assert limit.wait(0.0) == float("inf")
    assert limit.due_at(0.0) == 0.0


def test_a_servers_clock_is_known_better_the_more_often_it_was_read():
    clock = ServerClock()
    clock.observe(0.0, 1_000.5, 1.0)
    assert clock.not_before(1_000.5) == pytest.approx(1.0)
    clock.observe(2.0, 1_002.02, 2.04)
    assert clock.not_before(1_002.02) == pytest.approx(2.04, abs=1e-3)
    clock.observe(3.0, 1_003.3, 4.0)  # a slow answer says nothing new
    assert clock.not_before(1_003.3) == pytest.approx(3.32, abs=1e-3)
    clock.observe(5.0, 5_000.0, 5.1)  # set anew
    assert clock.not_before(5_000.0) == pytest.approx(5.1)


def test_permits_go_in_their_time_or_are_lost():
    permits = Permits()
    assert permits.wait(0.0) == float("inf")
    permits.add(1.0, 0.1, 3)
    assert permits.wait(0.5) == pytest.approx(0.5)
    assert permits.wait(1.0) == 0.0
    permits.take(1.0)
    assert permits.left(1.0) == 2
    assert permits.wait(1.36) == 0.0
    assert permits.has_lost
    permits.take(1.36)
    assert permits.left(1.36) == 0
    permits.add(2.0, 0.1, 1)
    permits.add(5.0, 0.1, 1)
    assert permits.wait(3.0) == pytest.approx(2.0)
