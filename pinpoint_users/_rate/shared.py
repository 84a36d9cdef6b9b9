"""The part of one process in a rate that several share. Pure: the time is handed in, and what the store says.

What all know together is one `RateLimiter`, whose state is kept in the store and whose time is the store's. Now and then each
process reads it, tells it what the service has answered, takes a lease of some requests, and writes it back if nobody else has
written meanwhile. So the bound, and the rate that is found by throttling, are those of one process that sends all.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Callable

import attrs

from pinpoint_users._rate.limiter import Lease, RateLimiter
from pinpoint_users._rate.permits import VALID, Permits, ServerClock

_AHEAD = 0.25
"""Seconds for which requests are leased ahead, at most."""
_FREE = 1.0
"""Seconds for which any number may go, where nothing limits them."""
_PERMIT_AGE = _AHEAD + VALID
"""The most seconds from a lease to its requests, which say nothing of a limit that was found in between."""
_PATIENCE = 3.0
"""Seconds after which a store that doesn't answer is taken to be away."""
_PAUSE = 2.0
"""Seconds, at most, until a store that is away is asked again. Until all have found it back, some may send by a share of their
own beside those who have."""
_SHARE_OVER = 10.0
"""Seconds over which one's own share is measured."""
_LEAST_SHARE = 0.05
"""Requests per second that one goes on with who got fewer."""
_CLOCK_SET_BACK = 5.0
"""Seconds by which a store's clock may be behind: beyond, it is another clock."""


@attrs.frozen(eq=False)
class Ask:
    """What a process asks and tells."""

    count: int
    weight: float
    """What one request counts for, about."""
    settles: float
    """The weight that earlier requests had beyond what they were leased with."""
    responses: tuple[tuple[float, float, float], ...]
    """Of each answer its time, the share that was throttled, and when its request went out."""
    requests_per_second: float | None
    weight_per_second: float | None

    def told(self, state: str | None, server: float, received: float) -> tuple[str, Lease]:
        """Tells the common limiter, and takes a lease.

        Args:
            state: The limiter, as the store has it; None if it has none.
            server: The store's time.
            received: Our time when that was known.

        Returns:
            The limiter as the store is to have it, and the lease.
        """
        bounds = self.requests_per_second, self.weight_per_second
        try:
            return self._told(_read(state, server, *bounds), server, received)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # it isn't the state of a limiter
            return self._told(RateLimiter(*bounds), server, received)

    def _told(self, limiter: RateLimiter, server: float, received: float) -> tuple[str, Lease]:
        ahead = server - received
        for at, throttled, sent_at in self.responses:
            sent = sent_at + ahead - _PERMIT_AGE
            if throttled:
                limiter.throttled(min(at + ahead, server), throttled, sent)
            else:
                limiter.accepted(min(at + ahead, server), sent)
        limiter.settle(self.settles)
        lease = limiter.lease(server, self.count, self.weight, ahead=_AHEAD)
        return json.dumps(limiter.state()), lease


@attrs.frozen
class Told:
    """What the store said."""

    lease: Lease
    asked: float
    server: float
    received: float


class SharedLimiter:
    """How fast the requests of a client may go, where other processes share the rate.

    Args:
        key: What it is called in the store.
        requests_per_second: The bound of all processes together; None for none.
        weight_per_second: That of what requests weigh.
        random: A number from 0 up to 1 at each call.
    """

    def __init__(
        self, key: str, requests_per_second: float | None, weight_per_second: float | None, random: Callable[[], float]
    ) -> None:
        self.key = key
        self._bounds = requests_per_second, weight_per_second
        self._random = random
        self._clock = ServerClock()
        self._permits = Permits()
        self._size = 1
        self._wants = False
        self._forgets = False
        self._ask: Ask | None = None
        self._patience_ends = math.inf
        self._not_before = -math.inf
        self._responses: list[tuple[float, float, float]] = []
        self._weight = 1.0
        self._weighed = 0.0
        self._leased: deque[tuple[float, int]] = deque()
        self._leased_at = -math.inf
        self._is_free = False
        self._knows_since: float | None = None
        self._alone: RateLimiter | None = None

    # --- what runs ask and tell

    def wait(self, now: float) -> float:
        """Seconds until a request may go that is there to go; infinity if that is known when the store was asked."""
        wait = self._permits.wait(now) if self._alone is None else self._alone.wait(now)
        if self._permits.left(now) <= self._size // 2:
            self._wants = True
        return wait

    def peek(self, now: float) -> float:
        """What `wait` would return, where no request is there yet: the store isn't asked for those that may never come.

        What was leased for those before them is waited for, so that users are read no further than they can go.
        """
        is_under_way = self._wants or self._ask is not None or self._alone is not None
        return self.wait(now) if is_under_way or self._permits.wait(now) < math.inf else 0.0

    def take(self, now: float, weight: float = 1.0) -> float:
        """Counts a request that goes, which `wait` has let go."""
        if self._alone is not None:
            return self._alone.take(now, weight)
        self._permits.take(now)
        self._weighed += weight
        self._weight += (weight - self._weight) / 4
        return 0.0

    def accepted(self, now: float, sent_at: float | None = None) -> None:
        """The service took a request and throttled none of its endpoints."""
        self._observe_response(now, 0.0, sent_at)

    def throttled(self, now: float, share: float = 1.0, sent_at: float | None = None) -> None:
        """The service throttled a share of a request: the others are to know."""
        self._observe_response(now, share, sent_at)
        if self._is_free:
            self._permits.clear()  # the store is told before the next one goes

    def _observe_response(self, now: float, throttled: float, sent_at: float | None) -> None:
        sent = now if sent_at is None else sent_at
        self._responses.append((now, throttled, sent))
        if self._alone is not None and throttled:
            self._alone.throttled(now, throttled, sent)
        elif self._alone is not None:
            self._alone.accepted(now, sent)

    def forget(self) -> None:
        """No run is left: what was leased for them isn't for later ones, between which the process may have been frozen."""
        self._permits.clear()
        self._wants = False
        self._forgets = self._ask is not None

    # --- what is asked of the store

    def due_at(self, now: float) -> float:
        """When the store is to be asked, or given up; infinity if there is nothing to ask."""
        if self._ask is not None:
            return self._patience_ends
        return max(now, self._not_before) if self._wants else math.inf

    def ask(self, now: float) -> Ask | None:
        """What the store is to be asked now, if anything; it is under way from here on."""
        if self._ask is not None or self.due_at(now) > now:
            return None
        left = 0.0 if self._is_free else self._permits.left(now)
        settles = self._weighed + left * self._weight
        self._weighed = -left * self._weight
        responses, self._responses = tuple(self._responses), []
        self._forgets = False
        self._ask = Ask(self._size, self._weight, settles, responses, *self._bounds)
        self._patience_ends = now + _PATIENCE
        self._wants = False
        return self._ask

    def is_overdue(self, now: float) -> bool:
        """Whether the store has taken too long to answer."""
        return self._ask is not None and now >= self._patience_ends

    @property
    def alone_at(self) -> float | None:
        """The requests per second that this process goes on with by itself; None if it isn't by itself, or without a limit."""
        return None if self._alone is None else self._alone.requests_per_second

    @property
    def is_alone(self) -> bool:
        """Whether the store is away."""
        return self._alone is not None

    def answered(self, told: Told, now: float) -> bool:
        """The store has answered.

        Returns:
            Whether it had been away.
        """
        lease, ask, was_alone, forgets = told.lease, self._ask, self._alone is not None, self._forgets
        self._ask = self._alone = None
        self._wants = self._forgets = False
        self._not_before = -math.inf
        self._knows_since = told.received if self._knows_since is None else self._knows_since
        self._is_free = lease.count is None
        self._clock.observe(told.asked, told.server, told.received)
        self._permits.free(told.received + _FREE if self._is_free and not forgets else -math.inf)
        if lease.count is not None and ask is not None:
            self._weighed -= lease.count * ask.weight
            self._resize(lease, lease.count, now)
            if lease.count == 0:
                self._not_before = now + lease.delay - _AHEAD * self._random()
            elif not forgets:
                self._permits.add(self._clock.not_before(told.server + lease.delay), lease.interval, lease.count)
                self._leased.append((now, lease.count))
                self._forget_shares(now)
        return was_alone

    def _resize(self, lease: Lease, count: int, now: float) -> None:
        """Leases as much at a time as one needs for some eighth of a second, if there is as much."""
        if count == 0 or self._permits.has_lost:
            self._size = max(1, self._size // 2)
        elif count == self._size and max(lease.delay, now - self._leased_at) < _AHEAD / 2:
            self._size *= 2
        self._permits.has_lost = False
        self._leased_at = now

    def failed(self, now: float) -> bool:
        """The store can't be asked, or doesn't answer: this process keeps to its own share of the rate.

        Returns:
            False if it has none, as the store has never answered.
        """
        self._ask = None
        self._wants = self._forgets = False
        self._not_before = now + _PAUSE * (1 + self._random()) / 2
        if self._knows_since is None:
            return False
        if self._alone is None:
            self._permits.clear()
            self._alone = RateLimiter(*self._share())
        return True

    def _share(self) -> tuple[float | None, float | None]:
        """What this process alone may send: what it was lately leased, and never more than the bound of all."""
        requests, weight = self._bounds
        if self._is_free:
            return requests, weight
        self._forget_shares(self._leased_at)  # the store may have been silent for a while before it was given up
        seconds = min(_SHARE_OVER, max(1.0, self._leased_at - (self._knows_since or 0.0)))
        share = max(sum(count for _, count in self._leased) / seconds, _LEAST_SHARE)
        return (
            share if requests is None else min(share, requests),
            None if weight is None else min(share * self._weight, weight),
        )

    def _forget_shares(self, now: float) -> None:
        while self._leased and self._leased[0][0] < now - _SHARE_OVER:
            self._leased.popleft()


def _read(state: str | None, server: float, *bounds: float | None) -> RateLimiter:
    """The common limiter; one that begins where the store has none, or one of another clock."""
    limiter = RateLimiter(*bounds)
    known = None if state is None else json.loads(state)
    if known is not None and known["now"] <= server + _CLOCK_SET_BACK:
        limiter.restore(known)
    return limiter
