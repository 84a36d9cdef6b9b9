"""What was found by others: iterables that don't heed a cancel, cancels that come at each turn, busy executors."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest
from waiting import until

from pinpoint_users import AsyncPinpointUsers, Journal, Outcome, RunStoppedError
from pinpoint_users._run.core import RunCore

LATE = {"deadline": 0.05, "max_wait": 0.5}
"""A deadline in virtual time, which passes as soon as users have been waited for for so long: the first come at once."""


class Reluctant:
    """Gives users, and, when it is cancelled, some more."""

    def __init__(self, users, *, closes=True):
        self.read = []
        self.is_closed = False
        self._users = iter(users)
        self._closes = closes

    def __aiter__(self):
        return self.generator() if self._closes else self

    async def generator(self):
        try:
            while True:
                yield await self.__anext__()
        finally:
            self.is_closed = True

    async def __anext__(self):
        if len(self.read) >= 5:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(3_600)
        self.read.append(next(self._users))
        return self.read[-1]


@pytest.mark.parametrize("closes", [True, False])
@pytest.mark.parametrize("way", ["cancel", "deadline", "closed", "aclose"])
def test_an_iterable_that_goes_on_after_its_cancel_is_read_no_further(local, message, users, way, closes):
    those = Reluctant(users, closes=closes)

    async def main():
        async with local.async_client() as pinpoint:
            if way == "aclose":
                async with pinpoint.stream(message, those, max_wait=0.01) as stream:
                    results = [await stream.__anext__()]
                return results + [result async for result in stream]
            sending = asyncio.create_task(pinpoint.send(message, those, **(LATE if way == "deadline" else {"max_wait": 0.01})))
            await until(lambda: len(those.read) == 5)
            if way == "cancel":
                sending.cancel()
            elif way == "closed":
                await pinpoint.aclose()
            elif way == "deadline":
                local.transport.sleep(1)
            with pytest.raises((asyncio.CancelledError, RunStoppedError)) as caught:
                await sending
            return RunStoppedError.behind(caught.value).report.users.values()

    results = asyncio.run(asyncio.wait_for(main(), 60))
    assert [result.user_id for result in results] == those.read
    assert len(those.read) == 6
    assert those.is_closed == closes
    assert {user for user, times in local.got().items() if times == 1} == {
        result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL
    }


@pytest.mark.parametrize("way", ["cancel", "deadline", "closed", "aclose", "stream"])
def test_users_who_come_after_a_cancel_are_known_not_to_be_sent_to(local, message, users, tmp_path, way):
    """With a journal too, which stays open until the last of them has come."""
    those, journal = Reluctant(users), Journal(tmp_path / "run.db")

    async def main():
        async with local.async_client() as pinpoint:
            results = []
            how = {"journal": journal, **(LATE if way in {"deadline", "stream"} else {"max_wait": 0.01})}
            if way == "aclose":
                async with pinpoint.stream(message, those, **how) as stream:
                    results.append(await anext(stream))
                return results + [result async for result in stream]
            doing = (
                taken(pinpoint.stream(message, those, **how), results)
                if way == "stream"
                else pinpoint.send(message, those, **how)
            )
            sending = asyncio.create_task(doing)
            await until(lambda: len(those.read) == 5)
            if way == "cancel":
                sending.cancel()
            elif way == "closed":
                await pinpoint.aclose()
            else:
                local.transport.sleep(1)
            with pytest.raises((asyncio.CancelledError, RunStoppedError)) as caught:
                await sending
            return results + list(RunStoppedError.behind(caught.value).report.users.values())

    results = asyncio.run(asyncio.wait_for(main(), 60))
    assert sorted(result.user_id for result in results) == those.read == users[:6]
    late = {result.user_id: result for result in results}[those.read[-1]]
    assert late.outcome is Outcome.NOT_SENT
    assert late.user_id not in local.got()
    again = asyncio.run(sent(local, message, users, journal))
    assert again.counts[Outcome.SUCCESSFUL] == len(users)
    assert set(local.got().values()) == {1}


async def taken(stream, results):
    async for result in stream:
        results.append(result)


async def sent(local, message, users, journal):
    async with local.async_client() as pinpoint:
        return await pinpoint.send(message, users, journal=journal)


def test_a_second_cancel_waits_for_no_iterable(local, message, users, tmp_path):
    """What it goes on to give is nobody's."""
    begun, goes_on = asyncio.Event(), asyncio.Event()

    async def stubborn():
        yield users[0]
        try:
            await asyncio.sleep(3_600)
        finally:
            begun.set()
            await goes_on.wait()

    async def main():
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(
                pinpoint.send(message, stubborn(), max_wait=0.01, journal=Journal(tmp_path / "run.db"))
            )
            await until(local.got)
            sending.cancel()
            await begun.wait()
            sending.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await sending
            goes_on.set()
            return RunStoppedError.behind(caught.value).report

    report = asyncio.run(asyncio.wait_for(main(), 60))
    assert list(report.users) == users[:1]


def test_a_fault_of_ours_lets_no_iterable_wait_on(local, message, users, monkeypatch):
    def answered(*_arguments):
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr(RunCore, "answered", answered)
    ended = []

    async def endless():
        try:
            yield users[0]
            await asyncio.sleep(3_600)
        finally:
            ended.append(True)

    async def main():
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, endless(), max_wait=0.01))
            await until(lambda: ended)
            with pytest.raises(RuntimeError, match="a fault of ours"):
                await sending

    asyncio.run(main())


def test_a_cancel_that_is_delivered_at_each_turn_counts_once(holding, message, users):
    async def main():
        async with AsyncPinpointUsers("local-application", transport=holding, concurrency=2) as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, users))
            await until(lambda: holding.came.acquire(blocking=False))
            for _ in range(50):
                sending.cancel("Cancelled via cancel scope 7f")
                await asyncio.sleep(0)
            assert not sending.done()
            holding.go.set()
            while not sending.done():
                sending.cancel("Cancelled via cancel scope 7f")
                await asyncio.sleep(0)
            with pytest.raises(asyncio.CancelledError) as caught:
                await sending
            return RunStoppedError.behind(caught.value).report

    counts = asyncio.run(main()).counts
    assert counts[Outcome.UNKNOWN] == 0
    assert 0 < counts[Outcome.SUCCESSFUL] < len(users)
    assert counts[Outcome.SUCCESSFUL] + counts[Outcome.NOT_SENT] == len(users)


def test_an_executor_that_is_full_delays_nothing(local, message, users):
    async def main():
        loop, go = asyncio.get_running_loop(), threading.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, go.wait)
        async with local.async_client() as pinpoint:
            report = await pinpoint.send(message, users)
        go.set()
        await busy
        return report

    assert asyncio.run(main()).counts[Outcome.SUCCESSFUL] == len(users)


def test_closing_goes_on_though_its_task_is_cancelled(holding, message, users):
    async def main():
        pinpoint = AsyncPinpointUsers("local-application", transport=holding, concurrency=2)
        sending = asyncio.create_task(pinpoint.send(message, users))
        await until(lambda: holding.came.acquire(blocking=False))
        closing = asyncio.create_task(pinpoint.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        holding.go.set()
        with pytest.raises(RunStoppedError) as caught:
            await sending
        return caught.value.report

    assert asyncio.run(main()).counts[Outcome.NOT_SENT] > 0


def test_all_records_are_of_the_callers_context(local, message, users, caplog):
    request = ContextVar("request")
    seen = {}

    class Noting(logging.Handler):
        def emit(self, record):
            seen[record.getMessage()] = request.get(None)

    async def main():
        request.set("r-7")
        local.fail_next(403)
        async with local.async_client() as pinpoint:
            with pytest.raises(RunStoppedError):
                await pinpoint.send(message, users)

    handler = Noting()
    logging.getLogger("pinpoint_users").addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, "pinpoint_users"):
            asyncio.run(main())
    finally:
        logging.getLogger("pinpoint_users").removeHandler(handler)
    assert len(seen) > 2
    assert set(seen.values()) == {"r-7"}


@pytest.mark.parametrize("turns", [1, 2])
def test_a_run_that_is_cancelled_before_it_begins_is_not_told_to_begin(local, message, users, caplog, turns):
    """Such as a stream whose receiver has gone away at once; it would never be told to end."""

    async def read(stream):
        async for _ in stream:
            pass

    async def main():
        async with local.async_client() as pinpoint:
            for sending in (pinpoint.send(message, users), read(pinpoint.stream(message, users))):
                task = asyncio.create_task(sending)
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task

    with caplog.at_level(logging.DEBUG, "pinpoint_users"):
        asyncio.run(main())
    events = [record.event for record in caplog.records if record.name == "pinpoint_users"]
    assert events.count("run_started") == events.count("run_ended")
