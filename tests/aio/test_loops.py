"""In every kind of loop and group of tasks, and however a program ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import threading
from collections import Counter

import pytest
from waiting import until

from pinpoint_users import AsyncPinpointUsers, Outcome, RunStoppedError


async def one_by_one(users):
    for user in users:
        await asyncio.sleep(0)
        yield user


async def send_all(local, message, users):
    """A third of the users by each kind of iterable, and all of them again by streams."""
    async with local.async_client() as pinpoint:
        thirds = users[:300], iter(users[300:600]), one_by_one(users[600:])
        await asyncio.gather(*(pinpoint.send(message, each) for each in thirds))
        for each in (users[:300], iter(users[300:600]), one_by_one(users[600:])):
            async for result in pinpoint.stream(message, each):
                assert result.outcome is Outcome.SUCCESSFUL


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_tasks_that_begin_at_once(local, message, users):
    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        await send_all(local, message, users)

    asyncio.run(main())
    assert local.got() == Counter([*users, *users])


def test_another_kind_of_loop(local, message, users):
    uvloop = pytest.importorskip("uvloop", reason="it isn't for every system")
    loop = uvloop.new_event_loop()
    try:
        loop.run_until_complete(send_all(local, message, users))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        loop.close()
    assert local.got() == Counter([*users, *users])


def test_a_loop_in_debug_mode(local, message, users):
    asyncio.run(send_all(local, message, users), debug=True)
    assert local.got() == Counter([*users, *users])


class Holding:
    """The embedded service, which waits until it is let go on."""

    def __init__(self, local, monkeypatch):
        self.came, self.go = threading.Event(), threading.Event()
        self.transport = local.transport
        post = self.transport.post

        def hold(*request):
            self.came.set()
            self.go.wait()
            return post(*request)

        monkeypatch.setattr(self.transport, "post", hold)


@pytest.fixture
def holding(local, monkeypatch):
    holding = Holding(local, monkeypatch)
    yield holding
    holding.go.set()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="task groups came with Python 3.11")
def test_a_group_of_tasks_of_which_one_fails(local, holding, message, users):
    ended = []

    async def send(pinpoint):
        try:
            await pinpoint.send(message, users)
        except asyncio.CancelledError as error:
            ended.append(RunStoppedError.behind(error).report)
            raise

    async def fail():
        await until(holding.came.is_set)
        asyncio.get_running_loop().call_soon(holding.go.set)
        raise ZeroDivisionError

    async def main():
        pinpoint = AsyncPinpointUsers("local-application", transport=holding.transport, concurrency=1)
        async with pinpoint, asyncio.TaskGroup() as group:
            group.create_task(send(pinpoint))
            group.create_task(fail())

    with pytest.raises(BaseException, match="unhandled errors in a TaskGroup") as caught:
        asyncio.run(main())
    assert [type(error) for error in caught.value.exceptions] == [ZeroDivisionError]
    assert list(ended[0].users) == users
    assert {user.user_id for user in ended[0].successful} == local.got().keys()
    assert len(ended[0].not_sent) >= 800


def test_ctrl_c(local, holding, message, users):
    async def main():
        async with AsyncPinpointUsers("local-application", transport=holding.transport, concurrency=1) as pinpoint:
            sending = asyncio.ensure_future(pinpoint.send(message, users))
            await until(holding.came.is_set)
            loop = asyncio.get_running_loop()
            loop.call_soon(signal.raise_signal, signal.SIGINT)
            loop.call_soon(holding.go.set)
            await sending

    with pytest.raises(KeyboardInterrupt) as caught:
        asyncio.run(main())
    assert set(local.got().values()) == {1}
    assert len(local.got()) <= 200
    if sys.version_info >= (3, 11):  # before, asyncio raises it from within the loop, and the task's own end is lost
        report = RunStoppedError.behind(caught.value).report
        assert list(report.users) == users
        assert {user.user_id for user in report.successful} == local.got().keys()


@pytest.mark.parametrize("door", ["send", "stream"])
def test_users_who_come_slowly_do_not_wait_for_others(local, message, door):
    async def slowly():
        yield "u-1"
        await until(local.got)  # which is in vain if it waits for the next one
        yield "u-2"

    async def main():
        async with local.async_client() as pinpoint:
            if door == "send":
                await pinpoint.send(message, slowly(), max_wait=0.02)
            else:
                async for _ in pinpoint.stream(message, slowly(), max_wait=0.02):
                    pass

    asyncio.run(main())
    assert local.got() == {"u-1": 1, "u-2": 1}


def test_a_generator_of_users_is_closed_when_a_run_ends_before_it(local, message):
    closed = []

    async def endless():
        try:
            for number in range(10**9):
                yield f"u-{number}"
                await asyncio.sleep(0)
        finally:
            closed.append(True)

    async def main():
        async with local.async_client() as pinpoint:
            async with contextlib.aclosing(endless()) as users:
                stream = pinpoint.stream(message, users)
                await anext(stream)
                await stream.aclose()
            assert closed == [True]
            left = [result async for result in stream]
            assert {result.outcome for result in left} <= {Outcome.SUCCESSFUL, Outcome.NOT_SENT}

    asyncio.run(main())
    assert set(local.got().values()) == {1}
