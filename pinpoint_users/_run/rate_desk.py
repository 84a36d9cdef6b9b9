"""What a client's runs ask of the store of a rate that other processes share, and what they tell it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import attrs

from pinpoint_users._rate.shared import Ask, SharedLimiter, Told
from pinpoint_users._rate_stores.base import RateStore
from pinpoint_users._rate_stores.opening import open_store
from pinpoint_users._run.logs import log_rate_alone, log_rate_shared
from pinpoint_users.errors import RateLimitError
from pinpoint_users.rate import RateLimit

_ATTEMPTS = 20
"""How often a limiter is read again that another process has just written."""


@attrs.define(eq=False)
class Exchange:
    """A question to the store, which is under way."""

    store: RateStore
    limiter: SharedLimiter
    ask: Ask
    is_awaited: bool = True
    """Whether it wasn't given up."""

    def carry_out(self, clock: Callable[[], float]) -> Told | RateLimitError:
        """Asks. In any thread, for as long as it takes."""
        try:
            for _ in range(_ATTEMPTS):
                asked = clock()
                state, server = self.store.read(self.limiter.key)
                received = clock()
                new, lease = self.ask.told(state, server, received)
                if self.store.replace(self.limiter.key, state, new):
                    return Told(lease, asked, server, received)
            return RateLimitError("the shared rate changed each time that it was asked for: too many processes share it")
        except RateLimitError as error:
            return error
        except BaseException as error:  # noqa: BLE001 - a client's own fault; whatever it is, no run may hang
            return RateLimitError(f"the shared rate can't be asked for: {type(error).__name__}")


class RateDesk:
    """The store of a shared rate, as a client uses it. Called under the lock of the client's threads.

    Args:
        rate: Where it is.

    Raises:
        ImportError: The extra for it isn't installed.
        ValidationError: Its URL can't be read.
    """

    def __init__(self, rate: RateLimit) -> None:
        self._rate = rate
        self._inherited: list[RateStore] = []
        self._limiters: list[SharedLimiter] = []
        self._exchange: Exchange | None = None
        self._news: list[Callable[[], None]] = []
        self._store = open_store(rate.url)

    def renew(self) -> None:
        """In a child process, begins anew: the connection is its parent's, which a child may neither use nor close."""
        self._inherited.append(self._store)
        self._store = open_store(self._rate.url)
        self._limiters = []
        self._exchange = None

    def limit(self, name: str, requests_per_second: float | None, weight_per_second: float | None) -> SharedLimiter:
        """The rate of a way out. From any thread."""
        key = f"{self._rate.name}/{name}"
        limiter = SharedLimiter(key, requests_per_second, weight_per_second, random.random)
        self._limiters.append(limiter)
        return limiter

    def next(self, now: float) -> Exchange | None:
        """What is to be asked now; one question at a time is under way."""
        for limiter in self._limiters if self._exchange is None else ():
            ask = limiter.ask(now)
            if ask is not None:
                self._exchange = Exchange(self._store, limiter, ask)
                return self._exchange
        return None

    def due_at(self, now: float, *, is_idle: bool) -> float:
        """When there is something to ask, or to give up; without runs nothing is asked."""
        if self._exchange is not None:
            return self._exchange.limiter.due_at(now)
        if is_idle:
            return float("inf")
        return min((limiter.due_at(now) for limiter in self._limiters), default=float("inf"))

    def expire(self, now: float, stop: Callable[[RateLimitError], None]) -> bool:
        """Gives up a store that doesn't answer.

        Args:
            now: The time in seconds.
            stop: Told why no run can go on, if none can.

        Returns:
            Whether a question was given up.
        """
        exchange = self._exchange
        if exchange is None or not exchange.limiter.is_overdue(now):
            return False
        exchange.is_awaited = False
        self._store = open_store(self._rate.url)  # who still waits closes the other
        self._fail(exchange, RateLimitError("the shared rate can't be asked for: its store doesn't answer"), now, stop)
        return True

    def settle(
        self, exchange: Exchange, told: Told | RateLimitError, now: float, stop: Callable[[RateLimitError], None]
    ) -> bool:
        """Takes in what the store has said.

        Args:
            exchange: The question.
            told: The answer.
            now: The time in seconds.
            stop: Told why no run can go on, if none can.

        Returns:
            False if it was given up meanwhile; then its store is to be closed.
        """
        if not exchange.is_awaited:
            return False
        if isinstance(told, RateLimitError):
            self._fail(exchange, told, now, stop)
            return True
        self._exchange = None
        if exchange.limiter.answered(told, now):
            self._news.append(log_rate_shared)
        return True

    def _fail(self, exchange: Exchange, error: RateLimitError, now: float, stop: Callable[[RateLimitError], None]) -> None:
        self._exchange = None
        limiter = exchange.limiter
        was_alone = limiter.is_alone
        if not limiter.failed(now):
            stop(error)
        elif not was_alone:
            self._news.append(partial(log_rate_alone, error, limiter.alone_at))

    def take_news(self) -> list[Callable[[], None]]:
        """What the logger is to be told of, without a lock."""
        news, self._news = self._news, []
        return news

    def forget(self) -> None:
        """No run is left."""
        for limiter in self._limiters:
            limiter.forget()

    def close(self) -> bool:
        """Closes the connection; False if it is to be tried again, since a question is under way."""
        if self._exchange is None:
            self._store.close()
        return self._exchange is None
