"""When the next request may go, at a rate. Pure: the time is handed in."""

from __future__ import annotations

import math

_TICK = 1e-4
"""The shortest wait in seconds; a shorter one could be lost where the time is a large number."""


class TokenBucket:
    """Lets requests through at a rate: evenly, but for what a late one may catch up.

    Args:
        rate: Requests per second.
        slack: Seconds that a request may be late without losing its turn.
        tokens: Requests that may go at once to begin with; at most one.
    """

    def __init__(self, rate: float, *, slack: float, tokens: float) -> None:
        self.rate = rate
        """Requests per second; it may be changed at any time."""
        self._slack = slack
        self._tokens = tokens
        self._last = math.inf

    def wait(self, now: float) -> float:
        """Seconds until a request may go, 0.0 if one may go now."""
        elapsed = max(0.0, now - self._last)
        self._last = now
        self._tokens = min(1 + self.rate * self._slack, self._tokens + self.rate * elapsed)
        return 0.0 if self._tokens >= 1 else max(_TICK, (1 - self._tokens) / self.rate)

    def take(self, weight: float = 1.0) -> None:
        """Counts a request that goes; where it weighs more than others, those that follow wait for it."""
        self._tokens -= weight

    def state(self, base: float) -> list[float]:
        """What another process goes on from, with times from a base on."""
        return [self.rate, round(self._tokens, 6), round(self._last - base, 6)]

    def restore(self, state: list[float], base: float) -> None:
        """Goes on from what `state` gave."""
        self.rate, self._tokens, last = state
        self._last = last + base

    def empty(self) -> None:
        """Forgets what could be caught up."""
        self._tokens = min(0.0, self._tokens)
