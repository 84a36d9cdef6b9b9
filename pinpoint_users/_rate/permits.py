"""The requests that were leased and may go, by this process's clock. Pure: the time is handed in."""

from __future__ import annotations

import math
from collections import deque

import attrs

VALID = 0.25
"""Seconds after its time in which a request may still go; then it is lost."""
_DRIFT = 2e-4
"""Seconds by which two clocks may part in a second."""


class ServerClock:
    """The clock of a server, of which one knows only that it was read between a question and its answer."""

    def __init__(self) -> None:
        self._least = -math.inf
        self._most = math.inf
        self._at = 0.0

    def observe(self, asked: float, server: float, received: float) -> None:
        """The server's time, which was read between two times of ours."""
        least, most = server - received, server - asked
        drift = _DRIFT * max(0.0, received - self._at)
        self._at = received
        if least <= self._most + drift and most >= self._least - drift:
            least, most = max(least, self._least - drift), min(most, self._most + drift)
        self._least, self._most = least, most  # where they don't agree, one of the clocks was set

    def not_before(self, server: float) -> float:
        """Our time at which that time of the server has certainly come, and not for long."""
        return server - self._least


@attrs.define
class _Leased:
    start: float
    interval: float
    count: int
    gone: int = 0

    @property
    def next_at(self) -> float:
        return self.start + self.gone * self.interval


class Permits:
    """Requests that may go, each from its time on and for a while."""

    def __init__(self) -> None:
        self._leases: deque[_Leased] = deque()
        self._free_until = -math.inf
        self.has_lost: bool = False
        """Whether some were lost since this was last set to False."""

    def add(self, start: float, interval: float, count: int) -> None:
        """Requests that may go from a time on, one after each interval."""
        self._leases.append(_Leased(start, interval, count))

    def free(self, until: float) -> None:
        """Any number of requests may go until a time."""
        self._free_until = until

    def clear(self) -> None:
        """Lets none go."""
        self._leases.clear()
        self._free_until = -math.inf

    def left(self, now: float) -> float:
        """How many there are; where any number may go, infinity until half of the time is over."""
        if now < self._free_until - VALID:
            return math.inf
        return sum(lease.count - lease.gone for lease in self._leases)

    def wait(self, now: float) -> float:
        """Seconds until one may go; infinity if there is none."""
        if now < self._free_until:
            return 0.0
        while self._leases:
            lease = self._leases[0]
            lost = int((now - VALID - lease.start) // lease.interval) + 1
            if lost > lease.gone:
                lease.gone, self.has_lost = min(lost, lease.count), True
            if lease.gone < lease.count:
                return max(0.0, lease.next_at - now)
            self._leases.popleft()
        return math.inf

    def take(self, now: float) -> None:
        """Counts one that goes, which `wait` has let go."""
        if now < self._free_until:
            return
        lease = self._leases[0]
        lease.gone += 1
        if lease.gone == lease.count:
            self._leases.popleft()
