"""How fast the requests of a client may go. Pure: the time is handed in, and nothing here waits.

As long as the service throttles nothing, only the caller's own bound holds; then a limit that follows the service, besides.
"""

from __future__ import annotations

import math
import threading
from typing import Any, Protocol

import attrs

from pinpoint_users._rate.adaptive import AdaptiveLimit, first_estimate
from pinpoint_users._rate.token_bucket import TokenBucket
from pinpoint_users._rate.window import ResponseWindow

_SLACK = 0.05
"""Seconds that a request may be late without losing its turn in the caller's own bound."""
_KEPT = 10.0
"""Seconds for which answers are kept while there is no adaptive limit."""


class Limit(Protocol):
    """How fast the requests of a client may go, as its runs ask."""

    def wait(self, now: float) -> float:
        """Seconds until a request may go that is there to go; 0.0 is now, infinity when something is told meanwhile."""
        ...

    def peek(self, now: float) -> float:
        """What `wait` would return, where no request is there yet."""
        ...

    def take(self, now: float, weight: float = 1.0) -> float:
        """Counts a request that goes, which `wait` has let go."""
        ...

    def accepted(self, now: float, sent_at: float | None = None) -> None:
        """The service took a request and throttled none of its endpoints."""
        ...

    def throttled(self, now: float, share: float = 1.0, sent_at: float | None = None) -> None:
        """The service throttled a share of a request."""
        ...


@attrs.frozen
class Lease:
    """Requests that may go later, without asking again for each."""

    delay: float
    """Seconds until the first may go; if there is none, until it is worth asking again."""
    interval: float
    """Seconds between two; 0.0 if nothing limits them."""
    count: int | None
    """How many; None is any number."""


class RateLimiter:
    """How fast the requests of a client may go. It may be used from any thread.

    Args:
        requests_per_second: The caller's own bound, which always holds; None for none.
        weight_per_second: A bound of what requests weigh, such as recipients or message parts; None for none.
    """

    def __init__(self, requests_per_second: float | None, weight_per_second: float | None = None) -> None:
        self._own = _bucket(requests_per_second)
        self._weighed = _bucket(weight_per_second)
        self._adaptive: AdaptiveLimit | None = None
        self._responses = ResponseWindow()
        self._now = -math.inf
        self._lock = threading.Lock()

    def take(self, now: float, weight: float = 1.0) -> float:
        """Asks for a request to go.

        Args:
            now: The time in seconds.
            weight: What it counts for in `weight_per_second`.

        Returns:
            0.0 if it may go now; then it is counted. Else the seconds until it is worth asking again.
        """
        if not self._limits():
            return 0.0
        with self._lock:
            wait = self._wait(now)
            if wait == 0:
                for limit in (self._own, self._adaptive):
                    if limit is not None:
                        limit.take()
                if self._weighed is not None:
                    self._weighed.take(weight)
            return wait

    def wait(self, now: float) -> float:
        """What `take` would return; nothing is counted.

        Args:
            now: The time in seconds.
        """
        if not self._limits():
            return 0.0
        with self._lock:
            return self._wait(now)

    def peek(self, now: float) -> float:
        """What `wait` returns."""
        return self.wait(now)

    def lease(self, now: float, count: int, weight: float, *, ahead: float) -> Lease:
        """Counts requests that will go, as many of those that are asked for as may go soon.

        Args:
            now: The time in seconds.
            count: How many are wanted, at least one.
            weight: What one of them counts for in `weight_per_second`.
            ahead: The most seconds from now on, from the first and to the last.
        """
        with self._lock:
            delay = self._wait(now)
            limits = self._limits()
            if not limits:
                return Lease(0.0, 0.0, None)
            rates = [limit.rate(self._now) if isinstance(limit, AdaptiveLimit) else limit.rate for limit in limits]
            if self._weighed is not None:
                rates.append(self._weighed.rate / max(1.0, weight))
            interval = 1 / min(rates)
            if delay > ahead:
                return Lease(delay, interval, 0)
            count = min(count, max(1, int(ahead / interval)))
            for limit in (self._own, self._adaptive):
                if limit is not None:
                    limit.take(count)
            self.settle(count * weight)
            return Lease(delay, interval, count)

    def settle(self, weight: float) -> None:
        """Counts weight by itself, where it turned out to be more than was leased; or less, which is a negative weight."""
        if self._weighed is not None:
            self._weighed.take(weight)

    def state(self) -> dict[str, Any]:
        """What another process goes on from."""
        now = self._now
        return {
            "now": now,
            "own": None if self._own is None else self._own.state(now),
            "weighed": None if self._weighed is None else self._weighed.state(now),
            "adaptive": None if self._adaptive is None else self._adaptive.state(now),
            "responses": self._responses.state(now),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes on from what `state` gave, but for the caller's own bounds, which are this one's."""
        self._now = now = state["now"]
        for bucket, known in ((self._own, state["own"]), (self._weighed, state["weighed"])):
            if bucket is not None and known is not None:
                bucket.restore([bucket.rate, *known[1:]], now)
        self._adaptive = None if state["adaptive"] is None else AdaptiveLimit.restored(state["adaptive"], now)
        self._responses.restore(state["responses"], now)

    def accepted(self, now: float, sent_at: float | None = None) -> None:
        """The service took a request and throttled none of its endpoints.

        Args:
            now: The time in seconds.
            sent_at: When the request went out; by default just now.
        """
        self._observe_response(now, 0.0, sent_at)

    def throttled(self, now: float, share: float = 1.0, sent_at: float | None = None) -> None:
        """The service throttled a request.

        Args:
            now: The time in seconds.
            share: The share of the request's endpoints that were throttled; 1.0 also if it was refused as a whole.
            sent_at: When the request went out; by default just now.
        """
        self._observe_response(now, share, sent_at)

    @property
    def requests_per_second(self) -> float | None:
        """What requests are limited to at present; None is not at all."""
        with self._lock:
            rates = [] if self._own is None else [self._own.rate]
            if self._adaptive is not None:
                rates.append(self._adaptive.rate(self._now))
            return min(rates, default=None)

    def _limits(self) -> list[TokenBucket | AdaptiveLimit]:
        return [limit for limit in (self._own, self._weighed, self._adaptive) if limit is not None]

    def _wait(self, now: float) -> float:
        now = self._latest(now)
        if self._adaptive is not None and self._adaptive.is_slack(now):
            self._adaptive = None
        return max((limit.wait(now) for limit in self._limits()), default=0.0)

    def _observe_response(self, now: float, throttled: float, sent_at: float | None) -> None:
        with self._lock:
            now = self._latest(now)
            if self._adaptive is not None:
                self._adaptive.observe_response(now, throttled, now if sent_at is None else sent_at)
                return
            self._responses.add(now, 1.0 - throttled, keep=_KEPT)
            if throttled and (rate := first_estimate(now, self._responses)) is not None:
                self._adaptive = AdaptiveLimit(now, rate, self._responses)
                self._responses = ResponseWindow()

    def _latest(self, now: float) -> float:
        """The time: threads may hand it in in another order than they have read it."""
        self._now = max(self._now, now)
        return self._now


def _bucket(per_second: float | None) -> TokenBucket | None:
    return None if per_second is None else TokenBucket(per_second, slack=_SLACK, tokens=1.0)
