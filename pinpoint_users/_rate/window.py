"""What became of the requests of the last seconds. Pure: the time is handed in."""

from __future__ import annotations

from collections import deque

_BIN = 1 / 32
"""Responses within so many seconds are counted together."""


class ResponseWindow:
    """What became of the requests of the last seconds. One of whose endpoints a part was throttled was accepted in part."""

    def __init__(self) -> None:
        self._bins: deque[list[float]] = deque()

    def add(self, now: float, accepted: float, *, keep: float) -> None:
        """Counts a response, and forgets those that are older than so many seconds."""
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

    def state(self, base: float) -> list[list[float]]:
        """What another process goes on from, with times from a base on."""
        return [[round(time - base, 3), round(part, 3), number] for time, part, number in self._bins]

    def restore(self, state: list[list[float]], base: float) -> None:
        """Goes on from what `state` gave."""
        self._bins = deque([time + base, part, number] for time, part, number in state)

    @property
    def first(self) -> float:
        """The time of the oldest response that is kept; there must be one."""
        return self._bins[0][0]
