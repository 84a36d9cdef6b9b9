"""The limit that is found where the service throttles. Pure: the time is handed in.

After each throttling the limit begins a curve, as TCP's CUBIC does (RFC 9438). From a little below what the service took, it
is back there after `_HOLD` seconds, stays near it, and rises ever faster until the service throttles again. Unlike CUBIC's, it
rises by factors, as `exp(t**3)`: so a service that takes one request a second is found as soon as one that takes a thousand,
and a quota that rises a hundredfold within a minute. As in TCP, what went out before the limit was last cut says nothing of the
limit since.
"""

from __future__ import annotations

import math
from typing import Any

from pinpoint_users._rate.token_bucket import TokenBucket
from pinpoint_users._rate.window import ResponseWindow

_SLACK = 0.01
"""Seconds that a request may be late without losing its turn."""
_WINDOW = 1.0
"""Seconds in which shares are measured."""
_REQUESTS = 20
"""A window is longer if it would hold fewer requests."""
_ENOUGH = 8
"""Fewer responses prove nothing."""
_FLOOD = 0.6
"""If clearly more than this share is throttled, a first limit doesn't wait for a full second."""
_FIRST = 1.0
_LOWEST = 0.05
"""The lowest limits, in requests per second: to begin with, and at all."""
_DROP = 0.05
"""How far the limit goes below what the service takes."""
_HOLD = 16.0
"""Seconds after which it is back there."""
_RISE = 22.0
"""Seconds after which it has then risen by a factor of e."""
_HASTE = 16.0
"""How much faster all this goes at first, as nothing is known; half as much after each throttling, until it is 1."""
_DEEPEST, _GENTLE = 0.05, 0.85
"""The deepest cut, as a factor; and the deepest where about half is accepted."""
_HALF = 0.4
"""A service without bursts refuses every second request as soon as the rate is a little too high: so half isn't far off."""
_FREE_AFTER = 10.0
"""Seconds without throttling after which a limit that is far above what goes out is forgotten."""


def window_of(rate: float) -> float:
    """The seconds in which a share is measured."""
    return max(_WINDOW, _REQUESTS / rate)


def first_estimate(now: float, responses: ResponseWindow) -> float | None:
    """The requests per second that the service seems to take, after it has throttled; None if too little is known."""
    seconds = _WINDOW
    accepted, answered = responses.since(now - seconds)
    if answered < _ENOUGH:
        seconds = max(_WINDOW, now - responses.first)
        accepted, answered = responses.since(responses.first)
    if answered < _ENOUGH:
        return None
    # Of few responses many may be throttled by chance.
    is_flood = accepted / answered < 1 - _FLOOD - 0.6 / math.sqrt(answered)
    return max(_FIRST, accepted / seconds) if is_flood or responses.first <= now - _WINDOW else None


class BackoffEffect:
    """Whether it helps to send less.

    A service with a quota accepts a greater share of fewer requests. Where the share stays the same, it isn't for their number
    that they are throttled, and a lower limit only makes the run longer.
    """

    def __init__(self) -> None:
        self.normal = 0.0
        """The share of the requests that is accepted at any rate, where lower limits haven't helped; else 0."""
        self._before: tuple[float, float] | None = None
        self._accepted = self._answered = 0.0

    def state(self) -> list[Any]:
        """What another process goes on from."""
        return [self.normal, self._before, self._accepted, self._answered]

    def restore(self, state: list[Any]) -> None:
        """Goes on from what `state` gave."""
        self.normal, before, self._accepted, self._answered = state
        self._before = None if before is None else (before[0], before[1])

    def forget(self) -> None:
        """The limit has helped: it didn't have to fall again soon."""
        self._before = None

    def needless_cut(self, rate: float, accepted: float, answered: float) -> float | None:
        """The limit has to fall again soon.

        Args:
            rate: The limit in requests per second.
            accepted: How much of the requests under it was accepted.
            answered: How many they were.

        Returns:
            The limit from which it fell in vain; None if it helped, or too little is known.
        """
        if self._before is None:
            self._before = rate, accepted / answered
            self._accepted = self._answered = 0.0
            return None
        rate_before, share_before = self._before
        if rate >= 0.7 * rate_before:
            return None
        self._accepted += accepted
        self._answered += answered
        if self._answered < 2 * _ENOUGH:
            return None
        self._before = None
        share = self._accepted / self._answered
        with_quota = min(1.0, share_before * rate_before / rate)
        if share_before < 0.3 or not 0.8 * share_before < share < (share_before + with_quota) / 2:
            return None
        self.normal = share
        return rate_before


class AdaptiveLimit:
    """The limit from the first throttling on.

    Args:
        now: The time in seconds.
        rate: What the service seems to take, in requests per second.
        responses: Those to earlier requests.
    """

    def __init__(self, now: float, rate: float, responses: ResponseWindow) -> None:
        self._earlier: ResponseWindow | None = responses
        self._bucket = TokenBucket(rate, slack=_SLACK, tokens=0.0)
        self._bucket.wait(now)
        self._effect = BackoffEffect()
        self._haste = _HASTE
        self._responses = ResponseWindow()
        self._begin(now, rate)

    def _begin(self, now: float, taken: float) -> None:
        """Begins the curve anew, below what the service takes."""
        self._taken = max(taken, _LOWEST)
        self._began = now
        self._responses = ResponseWindow()
        self._bucket.empty()

    def _curve(self, now: float) -> float:
        t = (now - self._began) * self._haste - _HOLD
        return self._taken * (1 + _DROP * (t / _HOLD) ** 3 if t < 0 else math.exp(min((t / _RISE) ** 3, 50.0)))

    def rate(self, now: float) -> float:
        """The limit in requests per second: the curve, but at most about twice what has lately been accepted."""
        rate = self._curve(now)
        if rate > self._taken:
            seconds = window_of(rate)
            rate = max(self._taken, min(rate, 2 * (self._responses.since(now - seconds)[0] + 1) / seconds))
        return max(rate, _LOWEST)

    def wait(self, now: float) -> float:
        """Seconds until a request may go, or until the limit may have risen."""
        self._bucket.rate = self.rate(now)
        return min(self._bucket.wait(now), _WINDOW)

    def take(self, count: int = 1) -> None:
        """Counts a request that goes, or several that will."""
        self._bucket.take(count)

    def state(self, base: float) -> dict[str, Any]:
        """What another process goes on from, with times from a base on."""
        return {
            "taken": self._taken,
            "began": self._began - base,
            "haste": self._haste,
            "bucket": self._bucket.state(base),
            "effect": self._effect.state(),
            "responses": self._responses.state(base),
            "earlier": None if self._earlier is None else self._earlier.state(base),
        }

    @classmethod
    def restored(cls, state: dict[str, Any], base: float) -> AdaptiveLimit:
        """The limit that gave a state."""
        limit = cls(base, state["taken"], ResponseWindow())
        limit._taken, limit._began, limit._haste = state["taken"], state["began"] + base, state["haste"]
        limit._bucket.restore(state["bucket"], base)
        limit._effect.restore(state["effect"])
        limit._responses.restore(state["responses"], base)
        limit._earlier = None
        if state["earlier"] is not None:
            limit._earlier = ResponseWindow()
            limit._earlier.restore(state["earlier"], base)
        return limit

    def is_slack(self, now: float) -> bool:
        """Whether there was no throttling for long and far fewer requests go than might."""
        if now - self._began < _FREE_AFTER + 2 * _HOLD / self._haste:
            return False
        curve = self._curve(now)
        window = window_of(curve)
        return curve > 4 * self._responses.since(now - window)[0] / window

    def observe_response(self, now: float, throttled: float, sent_at: float) -> None:
        """Cuts the limit if the service throttles.

        Args:
            now: The time in seconds.
            throttled: The share of the request that was throttled.
            sent_at: When it went out.
        """
        if self._earlier is not None and now < self._began + _WINDOW:  # a first limit may come of very few responses
            self._earlier.add(now, 1.0 - throttled, keep=_WINDOW)
            self._taken = max(self._taken, self._earlier.since(now - _WINDOW)[0])
        if sent_at <= self._began:
            return
        rate = self.rate(now)
        window = window_of(rate)
        self._responses.add(now, 1.0 - throttled, keep=2 * window)
        accepted, answered = self._responses.since(now - window)
        if not throttled or answered < _ENOUGH or self._is_normal(accepted / answered):
            return
        share = accepted / answered
        cut_from = None
        if now - self._began < 3 * window:
            cut_from = self._effect.needless_cut(rate, accepted, answered)
        else:
            self._effect.forget()
        self._earlier = None
        if cut_from is None:
            self._haste = max(1.0, self._haste / 2)
            taken = rate * max(share, _GENTLE if share > _HALF else _DEEPEST)
            average = (accepted + 1) / min(window, now - self._began)
            self._begin(now, min(taken, max((taken + average) / 2, 0.95 * taken)))
        else:
            self._begin(now, 1.5 * cut_from)
            self._began -= _HOLD / self._haste

    def _is_normal(self, share: float) -> bool:
        """Whether no more is throttled than at any rate."""
        if self._effect.normal and share >= 0.7 * self._effect.normal:
            return True
        self._effect.normal = 0.0
        return False
