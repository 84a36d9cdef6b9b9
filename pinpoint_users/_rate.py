"""How fast requests may go: the caller's own bound, and a limit that is found where the service throttles.

Pure: the time is handed in, and nothing here waits. As long as the service throttles nothing, only the caller's bound holds.
When it throttles, the found limit falls a tenth below what the service took, is back there after some seconds, stays near it,
and then rises ever faster until the service throttles again. That is CUBIC's curve (RFC 9438), but free of scale: a service
that takes one request in two seconds is found as one that takes a thousand in one.
"""

from __future__ import annotations

import math
import threading

from pinpoint_users._flow import Answers, TokenBucket

_OWN_SLACK = 0.05
_FOUND_SLACK = 0.01
"""Seconds that a request may be late without losing its turn."""
_WINDOW = 1.0
"""Seconds in which rates are measured; also the least time between two changes of the limit."""
_REQUESTS = 10
"""A window is longer if it would hold fewer requests."""
_KEPT = 10.0
"""Seconds for which answers are kept while there is no limit."""
_ENOUGH = 8
"""Fewer answers make no limit."""
_MOST = 0.6
"""If more than this share is throttled, the limit doesn't wait for a full second."""
_FIRST = 1.0
_LOWEST = 0.05
"""The lowest limits, in requests per second: to begin with, and at all."""
_DROP = 0.1
"""How far the limit goes below what the service takes."""
_FIRST_RISE = 0.3
_RISE = 0.2
"""How steeply it rises after it has been back there: after the first throttling, and later."""
_FREE_AFTER = 10.0
"""Seconds without throttling after which a limit that binds nobody is forgotten."""


def _window(rate: float) -> float:
    """The seconds in which a rate is measured."""
    return max(_WINDOW, _REQUESTS / rate)


def first_estimate(now: float, answers: Answers) -> float | None:
    """The requests per second that the service seems to take, after it has throttled; None if too little is known."""
    accepted, answered = answers.since(now - _WINDOW)
    seconds = _WINDOW
    if answered < _ENOUGH:
        accepted, answered = answers.since(answers.first)
        seconds = max(_WINDOW, now - answers.first)
    is_plain = accepted < (1 - _MOST) * answered or answers.first <= now - _WINDOW
    return max(_FIRST, accepted / seconds) if answered >= _ENOUGH and is_plain else None


class FoundLimit:
    """The limit from the first throttling on.

    Args:
        now: The time.
        peak: What the service seems to take, in requests per second.
        answers: What became of the requests; whoever calls keeps it up.
    """

    def __init__(self, now: float, peak: float, answers: Answers) -> None:
        self._answers = answers
        self._bucket = TokenBucket(peak, slack=_FOUND_SLACK, tokens=0.0)
        self._bucket.wait(now)
        self._caution = 1.0
        self._before: tuple[float, float] | None = None
        self._begin(now, peak)

    def _begin(self, now: float, peak: float) -> None:
        """Begins the curve anew, below the peak."""
        self._peak = max(peak, _LOWEST)
        self._changed = self._started = now
        # The time until the limit is back at the peak doubles at each throttling, up to five seconds or fifty requests: what
        # isn't known is looked for quickly, and what is known is seldom exceeded.
        self._plateau = min(max(0.5, 1 / self._peak) * self._caution, max(5.0, 50 / self._peak))
        self._accepted = self._answered = 0.0
        self._bucket.empty()

    def _curve(self, now: float) -> float:
        x = (now - self._started) / self._plateau - 1
        steepness = _DROP if x < 0 else _FIRST_RISE if self._caution == 1 else _RISE
        return self._peak * (1 + steepness * x * x * x)

    def rate(self, now: float) -> float:
        """The limit in requests per second: the curve, but at most about twice what has lately been accepted."""
        rate = self._curve(now)
        if rate > self._peak:
            rate = max(self._peak, min(rate, 2 * self._accepted_rate(now, _window(rate))))
        return max(rate, _LOWEST)

    def _accepted_rate(self, now: float, seconds: float) -> float:
        """What the service took in the last seconds, at most: the request that was throttled might have been the next."""
        return (self._answers.since(now - seconds)[0] + 1) / seconds

    @property
    def keep(self) -> float:
        """For how many seconds answers are of use."""
        return _window(self._peak * (1 - _DROP))

    def wait(self, now: float) -> float:
        """Seconds until a request may go, or until the limit may have risen."""
        self._bucket.rate = self.rate(now)
        return min(self._bucket.wait(now), _WINDOW)

    def take(self) -> None:
        """Counts a request that goes."""
        self._bucket.take()

    def binds_nobody(self, now: float) -> bool:
        """Whether there was no throttling for long and far fewer requests go than might."""
        since = now - self._changed
        if since < _FREE_AFTER or now - self._started < 3 * self._plateau:
            return False
        curve = self._curve(now)
        window = _window(curve)
        return since > window and curve > 4 * self._answers.since(now - window)[0] / window

    def answered(self, now: float, accepted: float) -> None:
        """Takes in an answer that `answers` has already."""
        # The first answers after a change are to requests from before it.
        if now >= self._changed + _WINDOW / 2:
            self._accepted += accepted
            self._answered += 1
        if self._caution == 1 and now < self._changed + _WINDOW:
            self._peak = max(self._peak, self._answers.since(now - _WINDOW)[0])
            self._plateau = max(0.5, 1 / self._peak)

    def throttled(self, now: float) -> None:
        """Changes the limit after a throttled answer, unless that was just done: a burst of them counts once."""
        rate = self.rate(now)
        since = now - self._changed
        least = max(_WINDOW, 3 / rate)
        if since < least:
            return
        seconds = since - _WINDOW / 2
        if self._is_futile(self._answered / seconds, is_soon=since < 2 * least):
            self._raise(now)
            return
        peak = max(self._estimate(now, rate, seconds), min(rate, self._answered / seconds) / 2)
        # Where nothing at all was accepted, nothing is known.
        self._caution = min(2 * self._caution, 64.0) if self._accepted else 1.0
        self._begin(now, peak)

    def _estimate(self, now: float, rate: float, seconds: float) -> float:
        """What the service takes: what it took last, or rather less if it took less from change to change.

        The one is too much where the service lets bursts through, the other too little where it doesn't.
        """
        last = min(rate, self._accepted_rate(now, min(_window(rate), seconds + _WINDOW / 2)))
        average = (self._accepted + 1) / seconds
        return min(last, max((last + average) / 2, 0.95 * last))

    def _is_futile(self, rate: float, *, is_soon: bool) -> bool:
        """Whether fewer requests have not helped: as many of them are throttled as before, so it isn't for their number.

        A service with a quota takes a greater share of fewer requests.
        """
        if not is_soon or self._answered < _ENOUGH / 2:
            self._before = None
            return False
        share = self._accepted / self._answered
        if self._before is None:
            self._before = rate, share
            return False
        rate_before, share_before = self._before
        if rate >= 0.7 * rate_before:
            return False
        expected = min(1.0, share_before * rate_before / rate)
        if share_before >= 0.3 and 0.8 * share_before < share < (share_before + expected) / 2:
            return True
        self._before = rate, share
        return False

    def _raise(self, now: float) -> None:
        """Goes back to the rate of before, and beyond."""
        rate_before = self._before[0] if self._before else self._peak
        self._caution, self._before = 2.0, None
        self._begin(now, 1.5 * rate_before)
        self._started -= self._plateau


class RateLimit:
    """How fast the requests of a client may go. It may be used from any thread.

    Args:
        requests_per_second: The caller's own bound, which always holds; None for none.
    """

    def __init__(self, requests_per_second: float | None) -> None:
        self._own = None if requests_per_second is None else TokenBucket(requests_per_second, slack=_OWN_SLACK, tokens=1.0)
        self._found: FoundLimit | None = None
        self._answers = Answers()
        self._now = -math.inf
        self._lock = threading.Lock()

    def take(self, now: float) -> float:
        """Asks for a request to go.

        Args:
            now: The time in seconds.

        Returns:
            0.0 if it may go now; then it is counted. Else the seconds until it is worth asking again.
        """
        if self._own is None and self._found is None:
            return 0.0
        with self._lock:
            wait = self._wait(now)
            if wait == 0:
                for limit in self._limits():
                    limit.take()
            return wait

    def wait(self, now: float) -> float:
        """What `take` would return; nothing is counted.

        Args:
            now: The time in seconds.
        """
        if self._own is None and self._found is None:
            return 0.0
        with self._lock:
            return self._wait(now)

    def accepted(self, now: float) -> None:
        """Takes in that the service took a request and throttled none of its endpoints.

        Args:
            now: The time in seconds.
        """
        with self._lock:
            self._add(self._latest(now), 1.0)

    def throttled(self, now: float, share: float = 1.0) -> None:
        """Takes in that the service throttled a request.

        Args:
            now: The time in seconds.
            share: The share of the request's endpoints that were throttled; 1.0 also if it was refused as a whole.
        """
        with self._lock:
            now = self._latest(now)
            self._add(now, 1.0 - share)
            if self._found is not None:
                self._found.throttled(now)
            elif (peak := first_estimate(now, self._answers)) is not None:
                self._found = FoundLimit(now, peak, self._answers)

    @property
    def requests_per_second(self) -> float | None:
        """What requests are limited to at present; None is not at all."""
        with self._lock:
            rates = [] if self._own is None else [self._own.rate]
            if self._found is not None:
                rates.append(self._found.rate(self._now))
            return min(rates, default=None)

    def _limits(self) -> list[TokenBucket | FoundLimit]:
        return [limit for limit in (self._own, self._found) if limit is not None]

    def _wait(self, now: float) -> float:
        now = self._latest(now)
        if self._found is not None and self._found.binds_nobody(now):
            self._found = None
        return max((limit.wait(now) for limit in self._limits()), default=0.0)

    def _add(self, now: float, accepted: float) -> None:
        self._answers.add(now, accepted, keep=_KEPT if self._found is None else self._found.keep)
        if self._found is not None:
            self._found.answered(now, accepted)

    def _latest(self, now: float) -> float:
        """The time: threads may hand it in in another order than they have read it."""
        self._now = max(self._now, now)
        return self._now
