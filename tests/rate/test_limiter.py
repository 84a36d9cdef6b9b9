"""The rate limiter by itself, in simulated time: workers, a service with a quota, and a clock that the simulation moves."""

from __future__ import annotations

import heapq
from random import Random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users._rate.limiter import RateLimiter

SAYS_NOTHING = -1.0
"""The share of a request whose answer says nothing of the rate: its endpoints were throttled before."""


class Quota:
    """A service that takes so many requests a second, and so many more at once."""

    def __init__(self, rate, burst=None):
        self.rate = rate
        self._most = self._tokens = max(1.0, rate if burst is None else burst)
        self._last = 0.0

    def __call__(self, now):
        """The share of a request that is throttled: all or nothing."""
        self._tokens = min(self._most, self._tokens + self.rate * (now - self._last))
        self._last = now
        if self._tokens < 1:
            return 1.0
        self._tokens -= 1
        return 0.0


@attrs.frozen
class Simulated:
    sent: list[float]
    refused: list[float]

    def share_refused(self, since=0.0, until=float("inf")):
        refused = sum(since <= time < until for time in self.refused)
        return refused / max(1, refused + sum(since <= time < until for time in self.sent))

    def rate(self, since, until):
        return sum(since <= time < until for time in self.sent) / (until - since)


def simulate(limits, throttled, *, seconds, workers=8, latency=(0.005, 0.05), count=10**9, seed=1):
    """Lets workers send as fast as their limits allow; they go on after an answer, at once."""
    random = Random(seed)
    clock = [(random.random() * 0.01, number, None, 0.0) for number in range(workers * len(limits))]
    heapq.heapify(clock)
    sent, refused = [[] for _ in limits], [[] for _ in limits]
    while clock and clock[0][0] < seconds:
        now, number, share, sent_at = heapq.heappop(clock)
        side = number % len(limits)
        limit = limits[side]
        if share is not None and share is not SAYS_NOTHING:
            if share:
                limit.throttled(now, share, sent_at)
            else:
                limit.accepted(now, sent_at)
        if sum(map(len, sent)) >= count:
            continue
        wait = limit.take(now)
        assert 0 <= wait < 3_600
        if wait:
            heapq.heappush(clock, (now + wait, number, None, 0.0))
            continue
        share = throttled(now)
        (refused if share == 1 else sent)[side].append(now)
        heapq.heappush(clock, (now + random.uniform(*latency), number, share, now))
    runs = [Simulated(sent=ours, refused=lost) for ours, lost in zip(sent, refused, strict=True)]
    return runs[0] if len(runs) == 1 else runs


@pytest.mark.parametrize("burst", [1, None])
@pytest.mark.parametrize("rate", [5, 20])
def test_a_quota_is_found_and_little_is_refused(rate, burst):
    run = simulate([RateLimiter(None)], Quota(rate, burst), seconds=240)
    assert run.rate(20, 240) == pytest.approx(rate, rel=0.1)
    assert run.share_refused() < 0.05


def test_a_quota_of_less_than_one_a_second_is_found():
    run = simulate([RateLimiter(None)], Quota(0.5), seconds=1_200)
    assert run.rate(200, 1_200) == pytest.approx(0.5, rel=0.15)
    assert run.share_refused(since=200) < 0.1


NEAR, FAR = (0.005, 0.05), (0.1, 0.5)
"""The shortest and the longest latency, in seconds, of a service that is close by, and of a slow one."""


@pytest.mark.parametrize("latency", [NEAR, FAR])
@pytest.mark.parametrize("burst", [1, None])
@pytest.mark.parametrize(("rate", "seconds"), [(1, 300), (50, 60), (500, 12)])
def test_little_is_refused_however_many_go_at_a_time(rate, seconds, burst, latency):
    run = simulate([RateLimiter(None)], Quota(rate, burst), seconds=seconds, workers=64, latency=latency)
    within = min(rate, 64 / latency[1])
    assert run.share_refused(since=seconds / 4) < 0.05
    assert run.rate(seconds / 4, seconds) > 0.8 * within


@pytest.mark.parametrize(("high", "low"), [(100, 1), (100, 10), (20, 2), (1_000, 1)])
def test_a_quota_that_falls_and_rises_again_is_found_within_a_minute(high, low):
    quota = Quota(high)

    def service(now):
        quota.rate = low if 5 <= now < 20 else high
        return quota(now)

    run = simulate([RateLimiter(None)], service, seconds=81, workers=64)
    assert len([time for time in run.refused if 5 <= time < 20]) < 60
    assert any(run.rate(start, start + 5) > 0.9 * high for start in range(20, 76))


def test_a_quota_that_is_raised_is_found_within_a_minute():
    quota = Quota(20)

    def service(now):
        quota.rate = 20 if now < 100 else 80
        return quota(now)

    run = simulate([RateLimiter(None)], service, seconds=220)
    assert run.rate(20, 100) == pytest.approx(20, rel=0.1)
    assert run.rate(160, 220) == pytest.approx(80, rel=0.1)


def test_a_quota_that_is_cut_is_kept_to():
    quota = Quota(80)

    def service(now):
        quota.rate = 80 if now < 60 else 20
        return quota(now)

    run = simulate([RateLimiter(None)], service, seconds=180)
    assert run.rate(80, 180) == pytest.approx(20, rel=0.1)
    assert run.share_refused(since=80) < 0.05


def test_two_clients_share_a_quota():
    both = simulate([RateLimiter(None), RateLimiter(None)], Quota(50), seconds=300)
    rates = [run.rate(100, 300) for run in both]
    assert sum(rates) == pytest.approx(50, rel=0.1)
    assert min(rates) > 5


def test_nothing_waits_where_nothing_is_throttled():
    limit = RateLimiter(None)
    assert simulate([limit], lambda _now: 0.0, seconds=5).share_refused() == 0
    assert limit.wait(5.0) == limit.take(5.0) == 0.0
    assert limit.requests_per_second is None


def test_throttled_endpoints_slow_it_down():
    def service(now):
        """Some 20 requests' endpoints a second; what is beyond is throttled."""
        times.append(now)
        lately = sum(now - 1 < time for time in times[-5_000:])
        return min(0.99, max(0.0, 1 - 20 / lately))

    times = []
    run = simulate([RateLimiter(None)], service, seconds=120)
    assert run.rate(60, 120) < 40


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
def test_endpoints_that_are_throttled_at_any_rate_bring_nothing_to_a_crawl(share):
    limit = RateLimiter(None)
    free = simulate([RateLimiter(None)], lambda _now: 0.0, seconds=1_000, count=1_000)
    run = simulate([limit], lambda _now: share, seconds=1_000, count=1_000)
    assert len(run.sent) == 1_000
    assert run.sent[-1] - free.sent[-1] < 30


@pytest.mark.parametrize("seed", range(5))
def test_what_is_sent_again_in_between_brings_nothing_to_a_crawl(seed):
    random = Random(seed)
    run = simulate(
        [RateLimiter(None)],
        lambda _now: random.choice([0.27, SAYS_NOTHING, SAYS_NOTHING]),
        seconds=1_000,
        latency=(0.1, 0.3),
        count=300,
        seed=seed,
    )
    assert len(run.sent) == 300
    assert run.sent[-1] < 60


def test_a_limit_that_binds_nobody_is_forgotten():
    limit = RateLimiter(None)
    simulate([limit], Quota(20), seconds=30)
    assert limit.requests_per_second is not None
    for second in range(31, 200):
        limit.take(float(second))
        limit.accepted(second + 0.01)
    assert limit.wait(200.0) == 0.0
    assert limit.requests_per_second is None


def test_the_callers_bound_holds_besides():
    limit = RateLimiter(10.0)
    assert limit.requests_per_second == 10.0
    run = simulate([limit], Quota(4), seconds=120)
    assert run.rate(20, 120) == pytest.approx(4, rel=0.1)
    assert limit.requests_per_second < 10.0
    assert simulate([RateLimiter(2.0)], Quota(4), seconds=60).rate(0, 60) == pytest.approx(2, rel=0.05)


@given(
    rate=st.floats(0.01, 2_000),
    steps=st.lists(st.tuples(st.sampled_from([0.0, 1e-6, 0.01, 0.3, 2.0, 1e6]), st.sampled_from(["take", "ok", 0.2, 1.0]))),
)
def test_the_callers_bound_is_never_exceeded(rate, steps):
    limit, now, times = RateLimiter(rate), 100.0, []
    for pause, what in steps:
        now += pause
        if what == "take":
            wait = limit.wait(now)
            assert wait >= 0
            assert limit.take(now) == wait
            if wait == 0:
                times.append(now)
        elif what == "ok":
            limit.accepted(now)
        else:
            limit.throttled(now, what)
    for number, start in enumerate(times):
        for later, end in enumerate(times[number:], number):
            assert later - number + 1 <= 2.001 + rate * (end - start + 0.1)


def test_a_quota_is_found_where_some_endpoints_are_throttled_at_any_rate():
    quota = Quota(5, 1)
    run = simulate([RateLimiter(None)], lambda now: 0.3 if now < 60 else quota(now) or 0.3, seconds=240)
    assert run.rate(200, 240) < 8
