"""The three ways to send, from every kind of users."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections import Counter

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
    StoppedError,
    UsersError,
    ValidationError,
)
from pinpoint_users.endpoints import Endpoint

own = EndpointSendConfiguration()
KINDS = ["list", "iterator", "async iterable"]


async def one_by_one(users):
    for number, user in enumerate(users):
        if number % 7 == 0:
            await asyncio.sleep(0)
        yield user


def handed(kind, users):
    return {"list": list, "iterator": iter, "async iterable": one_by_one}[kind](users)


async def outcomes_by(door, pinpoint, message, users, **how):
    if door == "send":
        return [*(await pinpoint.send(message, users, **how)).users.values()]
    return [result async for result in pinpoint.stream(message, users, **how)]


@pytest.mark.parametrize("door", ["send", "stream"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_user_gets_the_message_once(local, message, users, kind, door):
    async def main():
        async with local.async_client() as pinpoint:
            return await outcomes_by(door, pinpoint, message, handed(kind, users))

    results = asyncio.run(main())
    assert Counter(result.user_id for result in results) == Counter(users) == local.got()
    assert {result.outcome for result in results} == {Outcome.SUCCESSFUL}


def test_the_operation_itself(local, message):
    async def main(**how):
        async with local.async_client(**how) as pinpoint:
            request = SendUsersMessageRequest(message_configuration=message, users={"u-1": own, "u-2": own})
            return await pinpoint.send_users_messages(request)

    assert asyncio.run(main()).result.keys() == {"u-1", "u-2"}
    directory = {"u-1": [Endpoint(channel_type="SMS", address="+12065550100")]}
    assert asyncio.run(main(directory=directory)).result.keys() == {"u-1", "u-2"}
    local.fail_next(403)
    with pytest.raises(PinpointUsersError, match="403"):
        asyncio.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_again_is_told(local, message, kind):
    async def main():
        async with local.async_client() as pinpoint:
            report = await pinpoint.send(message, handed(kind, ["u-1", "u-2", "u-1"]))
            async with pinpoint.stream(message, handed(kind, ["u-3", "u-3"]), unique=True) as stream:
                assert (stream.duplicates, stream.request_ids) == ((), ())
                streamed = [result async for result in stream]
            return report, streamed, stream

    report, streamed, stream = asyncio.run(main())
    assert list(report.duplicates) == ["u-1"]
    assert (len(streamed), stream.duplicates, len(stream.request_ids)) == (1, ("u-3",), 1)
    assert set(local.got().values()) == {1}


@pytest.mark.parametrize("door", ["send", "stream"])
@pytest.mark.parametrize(
    "error", [OSError("gone"), asyncio.CancelledError(), SystemExit(3)], ids=lambda error: type(error).__name__
)
def test_users_whose_iterable_raises(local, message, users, door, error):
    async def raising():
        for user in users[:250]:
            yield user
        await asyncio.sleep(0)
        raise error

    async def main():
        results = []
        async with local.async_client() as pinpoint:
            try:
                if door == "send":
                    await pinpoint.send(message, raising())
                else:
                    async for result in pinpoint.stream(message, raising()):
                        results.append(result)  # noqa: PERF401 - it raises on the way
            except BaseException as raised:  # noqa: BLE001 - it is looked at
                return results, raised

    results, raised = asyncio.run(main())
    stopped = RunStoppedError.behind(raised)
    assert isinstance(stopped.reason, UsersError)
    assert raised is (stopped if isinstance(error, Exception) else error)
    results += stopped.report.users.values()
    assert Counter(result.user_id for result in results) == Counter(users[:250])
    assert {result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL} == set(local.got())
    assert set(local.got().values()) <= {1}


@pytest.mark.parametrize("door", ["send", "stream"])
def test_what_is_wrong_is_said_before_anything_goes_out(local, message, door):
    async def main():
        async with local.async_client() as pinpoint:
            for wrong in ({"users": "u-1"}, {"users": ["u-1"], "deadline": -1}, {"users": ["u-1"], "first_of": ["SMS"]}):
                with pytest.raises(ValidationError):
                    await outcomes_by(door, pinpoint, message, **wrong)
        with pytest.raises(PinpointUsersError, match="closed"):
            await outcomes_by(door, pinpoint, message, ["u-1"])

    asyncio.run(main())
    assert not local.requests
    with pytest.raises(ValidationError, match="AsyncPinpointUsers"):
        AsyncPinpointUsers("no id", transport=local.transport)


def test_a_journal_is_gone_on_with(local, message, users, tmp_path):
    async def main():
        async with local.async_client() as pinpoint:
            journal = Journal(tmp_path / "run.db")
            async with pinpoint.stream(message, one_by_one(users), journal=journal) as stream:
                async for _ in stream:
                    break
            left = [result async for result in stream]
            assert left
            return await pinpoint.send(message, users, journal=journal)

    report = asyncio.run(main())
    assert report.counts[Outcome.SUCCESSFUL] == len(users)
    assert local.got() == Counter(users)


def test_a_client_belongs_to_one_loop(local, message):
    pinpoint = local.async_client()

    async def send():
        return await pinpoint.send(message, ["u-1"])

    async def iterate():
        return await anext(pinpoint.stream(message, ["u-1"]))

    async def enter():
        await contextlib.AsyncExitStack().enter_async_context(pinpoint)

    asyncio.run(send())
    for use in (send, iterate, enter):
        with pytest.raises(PinpointUsersError, match="belongs to another event loop"):
            asyncio.run(use())
    asyncio.run(pinpoint.aclose())
    assert local.got() == {"u-1": 1}


def test_a_stream_that_nobody_iterates_is_told(local, message):
    pinpoint = local.async_client()
    with pytest.warns(ResourceWarning, match="async for"):
        pinpoint.stream(message, ["u-1"])
    asyncio.run(pinpoint.aclose())


def test_clients_in_two_loops_at_a_time(local, message, users):
    async def main(those):
        async with local.async_client() as pinpoint:
            await pinpoint.send(message, those)

    halves = [threading.Thread(target=asyncio.run, args=(main(half),)) for half in (users[:500], users[500:])]
    for thread in halves:
        thread.start()
    for thread in halves:
        thread.join()
    assert local.got() == Counter(users)


def test_a_loop_of_tasks_shares_a_client(local, message, users):
    async def main():
        async with local.async_client() as pinpoint:
            await asyncio.gather(*(pinpoint.send(message, [user]) for user in users[:200]))

    asyncio.run(main())
    assert local.got() == Counter(users[:200])


def test_a_stream_belongs_to_one_task_at_a_time(local, message, users):
    everybody = users

    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, everybody)
            first = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)  # a thread puts the run together
            with pytest.raises(RuntimeError, match="or to one task"):
                await anext(stream)
            assert (await first).user_id in everybody
            await stream.aclose()
            for _ in range(2):
                gate = asyncio.Event()

                async def users(gate=gate):
                    await gate.wait()
                    yield "u-1"

                stream = pinpoint.stream(message, users())
                first = asyncio.create_task(anext(stream))
                await asyncio.sleep(0)
                with pytest.raises(RuntimeError, match="or to one task"):
                    await anext(stream)
                await until(lambda stream=stream: stream._cursor is not None and stream._cursor._owners)
                with pytest.raises(RuntimeError, match="or to one task"):
                    await anext(stream)
                gate.set()
                assert (await first).user_id == "u-1"

    asyncio.run(main())


def test_a_stream_that_is_closed_while_another_task_puts_it_together_sends_nothing(local, message, users):
    async def all_of(stream):
        return [result async for result in stream]

    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, users)
            reading = asyncio.create_task(all_of(stream))
            await asyncio.sleep(0)  # a thread puts the run together
            with pytest.raises(RuntimeError, match="or to one task"):
                await stream.aclose()
            return await reading

    results = asyncio.run(main())
    assert [result.user_id for result in results] == users
    assert not local.requests


def test_the_callers_context_goes_along(local, message, users, monkeypatch):
    variable, seen = contextvars.ContextVar("variable", default="none"), set()
    transport = local.transport
    post = transport.post
    monkeypatch.setattr(transport, "post", lambda *request: (seen.add(variable.get()), post(*request))[1])

    async def main():
        variable.set("the task's")
        async with AsyncPinpointUsers(local.application_id, transport=transport) as pinpoint:
            await pinpoint.send(message, users)
            assert len([result async for result in pinpoint.stream(message, one_by_one(users))]) == len(users)

    asyncio.run(main())
    assert seen == {"the task's"}


def test_closing_ends_what_other_tasks_send(local, message):
    async def endless():
        for number in range(10**9):
            await asyncio.sleep(0)
            yield f"u-{number}"

    async def main():
        pinpoint = local.async_client()
        sending = asyncio.create_task(pinpoint.send(message, endless()))
        await until(lambda: local.requests)
        await pinpoint.aclose()
        with pytest.raises(RunStoppedError) as caught:
            await sending
        return caught.value

    error = asyncio.run(main())
    assert isinstance(error.reason, StoppedError)
    sent = {user for user, result in error.report.users.items() if result.outcome is not Outcome.NOT_SENT}
    assert local.got().keys() <= sent


def test_what_belongs_to_the_other_client_is_said(local, message):
    async def main():
        async with local.async_client() as pinpoint:
            with pytest.raises(TypeError, match="async with"):
                pinpoint.__enter__()
            stream = pinpoint.stream(message, ["u-1"])
            with pytest.raises(TypeError, match="async for"):
                iter(stream)
            async with stream:
                pass
            assert [result.outcome async for result in stream] == [Outcome.NOT_SENT]

    asyncio.run(main())
    assert not local.requests
