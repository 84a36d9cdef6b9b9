"""Clients and users of runs that end before their time, and how they are counted."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest
from waiting import until

from pinpoint_users import AsyncPinpointUsers, Outcome, RunStoppedError, Transport


class Holding(Transport):
    """Answers when it is let to, and counts what each user got."""

    def __init__(self, inner):
        self.go = threading.Event()
        self.came = threading.Semaphore(0)
        self._inner = inner

    def post(self, operation, application_id, body):
        self.came.release()
        self.go.wait()
        return self._inner.post(operation, application_id, body)


def client(holding, **how):
    return AsyncPinpointUsers("local-application", transport=holding, concurrency=2, **how)


class Plain:
    """Users, and those of them who were read."""

    def __init__(self, users):
        self.read = []
        self._users = users

    def __iter__(self):
        for user in self._users:
            self.read.append(user)
            yield user


class Users(Plain):
    """The same from an async iterable."""

    __iter__ = None

    async def __aiter__(self):
        for user in self._users:
            await asyncio.sleep(0)
            self.read.append(user)
            yield user


KINDS = {"list": list, "iterator": Plain, "async iterable": Users}


class Real(Transport):
    """The embedded service in real time."""

    def __init__(self, inner):
        self._inner = inner

    def post(self, *request):
        return self._inner.post(*request)


def check(local, results, handed):
    """Each user who was read comes out once, and those who got the message, once, are those of whom it is said."""
    read = handed if isinstance(handed, list) else handed.read
    got = local.got()
    assert Counter(result.user_id for result in results) == Counter(read)
    assert set(got.values()) <= {1}
    for result in results:
        assert result.outcome is Outcome.UNKNOWN or got[result.user_id] == (result.outcome is Outcome.SUCCESSFUL)
    return got


async def under_way(holding):
    await until(lambda: holding.came.acquire(blocking=False))


async def cancelled(task):
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    return RunStoppedError.behind(caught.value).report
