"""In every kind of loop and group of tasks, and however a program ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import sys
import threading
from collections import Counter
from functools import partial

import pytest
from waiting import until

from pinpoint_users import (
    AsyncPinpointUsers,
    EndpointSendConfiguration,
    Journal,
    Outcome,
    PinpointUsersError,
    RunStoppedError,
    SendUsersMessageRequest,
    Sent,
)
from pinpoint_users._journal.file import JournalFile
from pinpoint_users._run.core import RunCore


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


def after_turns(act, turns=20):
    """Does something when the loop has had some turns, in which a cancel arrives."""
    asyncio.get_running_loop().call_soon(act if turns == 0 else partial(after_turns, act, turns - 1))


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
        after_turns(holding.go.set)
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
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            after_turns(holding.go.set)
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


def noting(function, threads):
    return lambda *arguments: (threads.append(threading.current_thread()), function(*arguments))[1]


@pytest.mark.parametrize("way", ["send", "cancel"])
def test_the_end_of_a_long_run_is_left_to_threads(local, message, monkeypatch, tmp_path, way):
    threads, closing = [], []
    monkeypatch.setattr(RunCore, "report", noting(RunCore.report, threads))
    monkeypatch.setattr(JournalFile, "close", noting(JournalFile.close, closing))
    many = [f"u-{number}" for number in range(1_500)]

    async def main():
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, many, journal=Journal(tmp_path / "run.db")))
            if way == "send":
                return await sending
            await until(lambda: local.requests)
            sending.cancel()
            await until(lambda: threads or sending.done())
            sending.cancel()  # which makes it no quicker
            with pytest.raises(asyncio.CancelledError) as caught:
                await sending
            return RunStoppedError.behind(caught.value).report

    assert list(asyncio.run(main()).users) == many
    assert threads
    assert closing
    assert threading.main_thread() not in {*threads, *closing}


def test_threads_let_go_of_a_journal_when_the_client_is_closed(local, message, monkeypatch, tmp_path):
    closing = []
    users = [f"u-{number}" for number in range(20_000)]  # more than are done by the time it is closed
    monkeypatch.setattr(JournalFile, "close", noting(JournalFile.close, closing))

    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, users, journal=Journal(tmp_path / "run.db"))
            await anext(stream)
        assert not closing  # somebody may iterate on
        with pytest.raises(RunStoppedError):
            await anext(stream)

    asyncio.run(main())
    assert closing
    assert threading.main_thread() not in closing


def test_threads_let_go_of_a_journal_whose_run_was_cancelled_before_it_began(local, message, users, monkeypatch, tmp_path):
    closing, opening, go, opened = [], threading.Event(), threading.Event(), JournalFile.__init__

    def slowly(*args, **how):
        opening.set()
        go.wait()
        opened(*args, **how)

    monkeypatch.setattr(JournalFile, "__init__", slowly)
    monkeypatch.setattr(JournalFile, "close", noting(JournalFile.close, closing))

    async def main():
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, users, journal=Journal(tmp_path / "run.db")))
            await until(opening.is_set)
            sending.cancel()
            after_turns(go.set)
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert len(closing) == 1  # by then

    asyncio.run(main())
    assert threading.main_thread() not in closing
    assert not local.requests


def test_a_fault_of_ours_when_the_client_is_closed_lets_nobody_wait(local, message, users, monkeypatch):
    def end(*_arguments):
        raise ZeroDivisionError("a fault of ours")

    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, users)
        monkeypatch.setattr(RunCore, "stop", end)
        with pytest.raises(RuntimeError, match="a fault of ours"):
            await anext(stream)

    asyncio.run(main())


def test_a_cancel_while_the_report_is_put_together_arrives_and_has_it(local, message, monkeypatch):
    begun, goes_on, report = threading.Event(), threading.Event(), RunCore.report

    def slowly(core):
        begun.set()
        goes_on.wait(10)
        return report(core)

    monkeypatch.setattr(RunCore, "report", slowly)
    many = [f"u-{number}" for number in range(1_500)]

    async def main():
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, many))
            await until(begun.is_set)
            sending.cancel()
            after_turns(goes_on.set)
            with pytest.raises(asyncio.CancelledError) as caught:
                await sending
            return RunStoppedError.behind(caught.value).report

    assert list(asyncio.run(main()).users) == many


def test_other_tasks_have_their_turns_while_a_long_stream_tells_what_is_left(local, message, monkeypatch):
    monkeypatch.setattr("pinpoint_users._run.tasks._MAX_TURN", 0)  # a turn is long at once
    many = [f"u-{number}" for number in range(5_000)]

    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, many)
            results = [await anext(stream)]
            await pinpoint.aclose()
            rest = asyncio.create_task(anext(stream))
            turns = 0
            while not rest.done():
                turns += 1
                await asyncio.sleep(0)
            with pytest.raises(RunStoppedError) as caught:
                await rest
            return turns, results + list(caught.value.report.users.values()), caught.value

    turns, results, error = asyncio.run(main())
    assert turns >= 5
    assert sorted(result.user_id for result in results) == sorted(many)
    assert error.sent is (Sent.PERHAPS_SENT if len(local.got()) > 1 else Sent.NOT_SENT)


@pytest.mark.parametrize("door", ["send", "stream", "send_users_messages"])
def test_nothing_goes_out_when_the_loop_is_closed_and_it_is_told(  # noqa: PLR0917 - fixtures
    local, holding, message, users, tmp_path, door, caplog
):
    loop, journal = asyncio.new_event_loop(), Journal(tmp_path / "run.db")
    pinpoint = AsyncPinpointUsers("local-application", transport=holding.transport, concurrency=1)
    kept = []

    async def begin():
        if door == "stream":
            kept.append(loop.create_task(anext(pinpoint.stream(message, users, journal=journal))))
        else:
            kept.append(loop.create_task(pinpoint.send(message, users, journal=journal)))
        await until(holding.came.is_set)
        if door == "send_users_messages":
            request = SendUsersMessageRequest(message_configuration=message, users={"u-999": EndpointSendConfiguration()})
            kept.append(loop.create_task(pinpoint.send_users_messages(request)))
        await asyncio.sleep(0)

    loop.run_until_complete(begin())
    loop.close()
    holding.go.set()
    with caplog.at_level(logging.WARNING, "pinpoint_users"):
        asyncio.run(pinpoint.aclose())
    assert len(local.got()) <= 100
    assert len(local.requests) == 1
    told = [record.getMessage() for record in caplog.records if getattr(record, "event", None) == "run_left"]
    assert len(told) == len(kept)
    assert "before the loop ends" in told[0]
    for task in kept:
        task._log_destroy_pending = False  # which is what happens here
    del task
    kept.clear()
    gc.collect()
    report = asyncio.run(_sent(local, message, users[:150], journal))  # which nobody holds any more
    assert report.counts[Outcome.SUCCESSFUL] == 150
    assert set(local.got().values()) == {1}


async def _sent(local, message, users, journal):
    async with local.async_client() as pinpoint:
        return await pinpoint.send(message, users, journal=journal)


@pytest.mark.parametrize("use", ["send", "send_users_messages", "stream", "enter", "aclose"])
def test_without_a_loop_of_asyncio_it_is_said_what_to_do(local, message, use):
    async def stream():
        return await anext(pinpoint.stream(message, ["u-1"]))

    pinpoint = local.async_client()
    request = SendUsersMessageRequest(message_configuration=message, users={"u-1": EndpointSendConfiguration()})
    uses = {
        "send": lambda: pinpoint.send(message, ["u-1"]),
        "send_users_messages": lambda: pinpoint.send_users_messages(request),
        "stream": stream,
        "enter": pinpoint.__aenter__,
        "aclose": pinpoint.aclose,
    }
    with pytest.raises(PinpointUsersError, match=r"needs a running event loop of asyncio.*anyio\.run.*trio\.to_thread"):
        uses[use]().send(None)  # as trio does
    asyncio.run(pinpoint.aclose())
    assert not local.requests
