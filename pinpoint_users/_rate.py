"""How many requests go out in a second."""

from __future__ import annotations


class RateLimit:
    """The rate of a client's requests."""

    def __init__(self, requests_per_second: float | None) -> None:
        self.requests_per_second = requests_per_second
        """What it is limited to at present; None is not at all."""

    def take(self, now: float) -> float:
        """Seconds until a request may go; it is counted if that is now."""
        return self.wait(now)

    def wait(self, now: float) -> float:  # noqa: ARG002 - to come
        """Seconds until a request may go."""
        return 0.0

    def accepted(self, now: float) -> None:
        """The service took a request."""

    def throttled(self, now: float, share: float = 1.0) -> None:
        """The service throttled a request, or a share of its endpoints."""
