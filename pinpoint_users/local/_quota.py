"""How many requests and endpoints the embedded Pinpoint takes in a second."""

from __future__ import annotations

import threading
from collections.abc import Callable

_ROUNDING = 1e-9
"""What adding up fractions of a second may lack of a whole token."""


class _Bucket:
    """A token bucket that holds one second's worth, and one token at least. It starts full."""

    def __init__(self, per_second: float, now: float) -> None:
        self.per_second = per_second
        self._size = max(1.0, per_second)
        self._tokens = self._size
        self._filled_at = now

    def take(self, now: float) -> bool:
        """Takes a token, if there is one."""
        self._tokens = min(self._size, self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now
        if self._tokens < 1 - _ROUNDING:
            return False
        self._tokens -= 1
        return True


class Quota:
    """The quota of one door, by that door's clock; without limits at first.

    Args:
        clock: The time in seconds, which never goes back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: _Bucket | None = None
        self._endpoints: _Bucket | None = None

    def limit(self, requests_per_second: float | None, endpoints_per_second: float | None) -> None:
        """Sets both limits anew; None is none."""
        with self._lock:
            self._requests, self._endpoints = self._bucket(requests_per_second), self._bucket(endpoints_per_second)

    @property
    def endpoints_per_second(self) -> float | None:
        """The endpoints, or bare addresses, that it takes in a second; None is any number."""
        with self._lock:
            return None if self._endpoints is None else self._endpoints.per_second

    def takes_request(self) -> bool:
        """Whether one more request is within the quota, of which it is then a part."""
        with self._lock:
            return self._requests is None or self._requests.take(self._clock())

    def takes_endpoint(self) -> bool:
        """Whether one more endpoint is within the quota, of which it is then a part."""
        with self._lock:
            return self._endpoints is None or self._endpoints.take(self._clock())

    def _bucket(self, per_second: float | None) -> _Bucket | None:
        return None if per_second is None else _Bucket(per_second, self._clock())
