"""The limit that is found where the service throttles. Pure: the time is handed in.

It falls a tenth below what the service took, is back there after some seconds, stays near it, and then rises ever faster until
the service throttles again. That is CUBIC's curve (RFC 9438), but free of scale: a service that takes one request in two
seconds is found as one is that takes a thousand in one.
"""

from __future__ import annotations

import math

from pinpoint_users._rate.token_bucket import Answers, TokenBucket

_SLACK = 0.01
"""Seconds that a request may be late without losing its turn."""
_WINDOW = 1.0
"""Seconds in which rates are measured; also the least time between two changes of the limit."""
_REQUESTS = 10
"""A window is longer if it would hold fewer requests."""
_ENOUGH = 8
"""Fewer answers prove nothing."""
_FLOOD = 0.6
"""If clearly more than this share is throttled, a first limit doesn't wait for a full second."""
_FIRST = 1.0
_LOWEST = 0.05
"""The lowest limits, in requests per second: to begin with, and at all."""
_DROP = 0.1
"""How far the limit goes below what the service takes."""
_FIRST_RISE = 0.3
_RISE = 0.2
"""How steeply it rises once it has been back there: after the first throttling, and later."""
_FREE_AFTER = 10.0
"""Seconds without throttling after which a limit that binds nobody is forgotten."""


def _window(rate: float) -> float:
    """The seconds in which a rate is measured."""
    return max(_WINDOW, _REQUESTS / rate)


def first_estimate(now: float, answers: Answers) -> float | None:
    """The requests per second that the service seems to take, after it has throttled; None if too little is known."""
    seconds = _WINDOW
    accepted, answered = answers.since(now - seconds)
    if answered < _ENOUGH:
        seconds = max(_WINDOW, now - answers.first)
        accepted, answered = answers.since(answers.first)
    if answered < _ENOUGH:
        return None
    # Of few answers many may be throttled by chance.
    is_flood = accepted / answered < 1 - _FLOOD - 0.6 / math.sqrt(answered)
    return max(_FIRST, accepted / seconds) if is_flood or answers.first <= now - _WINDOW else None


class Effect:
    """Whether it helps to send less.

    A service with a quota takes a greater share of fewer requests. Where the share stays the same, it isn't for their number
    that they are throttled, and a lower limit only makes the run longer.
    """

    def __init__(self) -> None:
        self.usual = 0.0
        """The share of the requests that is accepted at any rate, where lower limits haven't helped; else 0."""
        self._before: tuple[float, float] | None = None
        self._forget()

    def _forget(self) -> None:
        self._accepted = self._answered = self._seconds = 0.0

    def had(self, accepted: float, answered: float, seconds: float) -> None:
        """Takes in what has become of requests under a limit that is to fall again so soon."""
        self._accepted += accepted
        self._answered += answered
        self._seconds += seconds

    def had_enough(self) -> None:
        """Takes in that the limit didn't have to fall again soon: it has helped."""
        self._before = None
        self._forget()

    def rate_without_need(self) -> float | None:
        """The requests per second from which the limit fell in vain; None if it helped or too little is known."""
        if self._answered < _ENOUGH:
            return None
        rate, share = self._answered / self._seconds, self._accepted / self._answered
        self._forget()
        if self._before is None:
            self._before = rate, share
            return None
        rate_before, share_before = self._before
        if rate >= 0.7 * rate_before:
            return None
        self._before = rate, share
        with_quota = min(1.0, share_before * rate_before / rate)
        if share_before < 0.3 or not 0.8 * share_before < share < (share_before + with_quota) / 2:
            return None
        self._before = None
        self.usual = share
        return rate_before


class FoundLimit:
    """The limit from the first throttling on.

    Args:
        now: The time in seconds.
        peak: What the service seems to take, in requests per second.
        answers: What became of the requests; whoever calls keeps it up.
    """

    def __init__(self, now: float, peak: float, answers: Answers) -> None:
        self._answers = answers
        self._bucket = TokenBucket(peak, slack=_SLACK, tokens=0.0)
        self._bucket.wait(now)
        self._effect = Effect()
        self._caution = 1.0
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
        """What the service took in the last seconds, or could have taken: the next request may have been due."""
        return (self._answers.since(now - seconds)[0] + 1) / seconds

    @property
    def keep(self) -> float:
        """For how many seconds answers are of use."""
        return 2 * _window(self._peak * (1 - _DROP))

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
        if since < least or self._is_too_little_known() or self._is_usual(now, rate):
            return
        seconds = since - _WINDOW / 2
        if since < 2 * least or self._answered < 2 * _ENOUGH:
            self._effect.had(self._accepted, self._answered, seconds)
        else:
            self._effect.had_enough()
        rate_before = self._effect.rate_without_need()
        if rate_before is None:
            peak = max(self._estimate(now, rate, seconds), rate * max(0.5, self._accepted / self._answered))
            # Where nothing at all was accepted, nothing is known.
            self._caution = min(2 * self._caution, 64.0) if self._accepted else 1.0
            self._begin(now, peak)
        else:
            self._caution = 2.0
            self._begin(now, 1.5 * rate_before)
            self._started -= self._plateau

    def _is_too_little_known(self) -> bool:
        """Whether most of too few answers were accepted: the rate may have gone on what is sent again."""
        return self._answered < _ENOUGH and self._accepted > self._answered / 2

    def _is_usual(self, now: float, rate: float) -> bool:
        """Whether no more is throttled than at any rate."""
        if self._effect.usual:
            accepted, answered = self._answers.since(now - 2 * _window(rate))
            if accepted >= 0.7 * self._effect.usual * answered:
                return True
            self._effect.usual = 0.0
        return False

    def _estimate(self, now: float, rate: float, seconds: float) -> float:
        """What the service takes: what it took last, or rather less if it took less from change to change.

        The one is too much where the service lets bursts through, the other too little where it doesn't.
        """
        last = min(rate, self._accepted_rate(now, min(_window(rate), seconds + _WINDOW / 2)))
        average = (self._accepted + 1) / seconds
        return min(last, max((last + average) / 2, 0.95 * last))
