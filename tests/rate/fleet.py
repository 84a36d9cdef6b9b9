"""Processes that share a rate, in simulated time: their limiters, a store of no kind, and a service with a quota."""

from __future__ import annotations

import heapq
from itertools import count
from random import Random

from pinpoint_users._rate.shared import SharedLimiter, Told

AWAY = "away"
HANGS = "hangs"


class Fleet:
    """So many processes, each with workers that send as fast as they may."""

    def __init__(self, number, *, bound=None, weight=None, workers=8, latency=(0.005, 0.05), weigh=1.0, seed=1):
        self.random = Random(seed)
        self.limits = [SharedLimiter("rate", bound, weight, Random(seed + each).random) for each in range(number)]
        self.throttled = lambda _now: 0.0
        self.store = lambda _now: None
        """What is wrong with it at a time: AWAY or HANGS."""
        self.skew = 1e9
        self.state = None
        self.sent, self.refused = [], []
        self.by = [[] for _ in self.limits]
        self.asks = 0
        self.now = 0.0
        self._weigh = weigh
        self._latency = latency
        self._number = count()
        self._events = []
        self._resting = [0] * number
        for each in range(number * workers):
            self._at(self.random.random() * 0.01, self._attempt, each % number)

    def run(self, until):
        while self._events and self._events[0][0] < until:
            self.now, _, what, which, *how = heapq.heappop(self._events)
            what(which, *how)
            self._look(which)
        return self

    def rate(self, since, until):
        return sum(since <= time < until for time in self.sent) / (until - since)

    def most_within(self, seconds):
        first, most = 0, 0
        for last, at in enumerate(self.sent):
            while self.sent[first] < at - seconds:
                first += 1
            most = max(most, last - first + 1)
        return most

    def share_refused(self, since=0.0):
        refused = sum(time >= since for time in self.refused)
        return refused / max(1, refused + sum(time >= since for time in self.sent))

    def _at(self, time, *what):
        heapq.heappush(self._events, (time, next(self._number), *what))

    def _attempt(self, which):
        limit = self.limits[which]
        wait = limit.wait(self.now)
        if wait == float("inf"):
            self._resting[which] += 1
        elif wait > 0:
            self._at(self.now + wait, self._attempt, which)
        else:
            assert limit.take(self.now, self._weigh) == 0.0
            share = self.throttled(self.now)
            (self.refused if share == 1 else self.sent).append(self.now)
            self.by[which].append(self.now)
            self._at(self.now + self.random.uniform(*self._latency), self._answer, which, share, self.now)

    def _answer(self, which, share, sent_at):
        if share:
            self.limits[which].throttled(self.now, share, sent_at)
        else:
            self.limits[which].accepted(self.now, sent_at)
        self._attempt(which)

    def _look(self, which):
        limit = self.limits[which]
        if limit.is_overdue(self.now):
            self._wake(which, limit.failed(self.now))
        ask = limit.ask(self.now)
        if ask is None:
            due = limit.due_at(self.now)
            if due < float("inf"):
                self._at(max(due, self.now + 1e-6), self._nothing, which)
            return
        self.asks += 1
        wrong = self.store(self.now)
        if wrong == AWAY:
            self._at(self.now + 0.01, self._fail, which)
        elif wrong is None:
            read = self.now + self.random.uniform(0.0005, 0.003)
            received = read + self.random.uniform(0.0005, 0.003)
            self.state, lease = ask.told(self.state, read + self.skew, received)
            told = Told(lease, self.now, read + self.skew, received)
            self._at(received + 0.001, self._told, which, told)
        else:
            self._at(limit.due_at(self.now), self._nothing, which)

    def _nothing(self, _which):
        pass

    def _told(self, which, told):
        self._wake(which, self.limits[which].answered(told, self.now))

    def _fail(self, which):
        self._wake(which, self.limits[which].failed(self.now))

    def _wake(self, which, _result):
        resting, self._resting[which] = self._resting[which], 0
        for _ in range(resting):
            self._attempt(which)
