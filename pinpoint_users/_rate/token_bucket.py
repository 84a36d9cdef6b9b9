"""The flow of requests: when the next may go, and what has become of those that went. Pure: the time is handed in."""

from __future__ import annotations

import math
from collections import deque

_TICK = 1e-4
"""The shortest wait in seconds; a shorter one could be lost where the time is a large number."""
_BIN = 1 / 32
"""Answers within so many seconds are counted together."""


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

    def take(self) -> None:
        """Counts a request that goes."""
        self._tokens -= 1

    def empty(self) -> None:
        """Forgets what could be caught up."""
        self._tokens = min(0.0, self._tokens)


class Answers:
    """What became of the requests of the last seconds. One of whose endpoints a part was throttled was accepted in part."""

    def __init__(self) -> None:
        self._bins: deque[list[float]] = deque()

    def add(self, now: float, accepted: float, *, keep: float) -> None:
        """Counts an answer, and forgets those that are older than so many seconds."""
        if self._bins and now - self._bins[-1][0] < _BIN:
            self._bins[-1][1] += accepted
            self._bins[-1][2] += 1
            return
        self._bins.append([now, accepted, 1.0])
        while self._bins[0][0] < now - keep - _BIN:
            self._bins.popleft()

    def since(self, start: float) -> tuple[float, float]:
        """How many requests were accepted from a time on, and how many were answered."""
        accepted = answered = 0.0
        for time, part, number in reversed(self._bins):
            if time < start:
                break
            accepted += part
            answered += number
        return accepted, answered

    @property
    def first(self) -> float:
        """The time of the oldest answer that is kept; there must be one."""
        return self._bins[0][0]
