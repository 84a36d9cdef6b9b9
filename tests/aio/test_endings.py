"""However a task ends, nobody gets the message twice and nobody is forgotten: counted at the receiver."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import sys
import threading
from collections import Counter

import pytest
from waiting import until

from pinpoint_users import (
    AsyncPinpointUsers,
    DeadlineExceededError,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    Journal,
    JournalError,
    Outcome,
    RunStoppedError,
    SendUsersMessageRequest,
    SMSMessage,
    Transport,
)


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


@pytest.fixture
def holding(local):
    transport = Holding(local.transport)
    yield transport
    transport.go.set()


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


@pytest.mark.parametrize("kind", KINDS)
def test_a_cancel_finishes_what_is_under_way_and_hands_over_the_report(local, holding, message, users, kind):
    handed = KINDS[kind](users)

    async def main():
        async with client(holding) as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, handed))
            await under_way(holding)
            sending.cancel()
            await asyncio.sleep(0)
            holding.go.set()
            return await cancelled(sending)

    report = asyncio.run(main())
    got = check(local, report.users.values(), handed)
    assert 100 <= len(got) <= 200
    assert Outcome.UNKNOWN not in {user.outcome for user in report.users.values()}


@pytest.mark.parametrize("kind", KINDS)
def test_another_cancel_gives_up_what_is_out_and_keeps_the_report(local, holding, message, users, kind):
    handed = KINDS[kind](users)

    async def main():
        pinpoint = client(holding)
        sending = asyncio.create_task(pinpoint.send(message, handed))
        await under_way(holding)
        for _ in range(3):
            sending.cancel()
            for _ in range(3):
                await asyncio.sleep(0)
        report = await cancelled(sending)
        holding.go.set()
        await pinpoint.aclose()
        return report

    report = asyncio.run(main())
    got = check(local, report.users.values(), handed)
    assert {user for user, result in report.users.items() if result.outcome is Outcome.UNKNOWN} >= got.keys()


@pytest.mark.skipif(sys.version_info < (3, 11), reason="asyncio.timeout came with Python 3.11")
def test_a_timeout_is_a_timeout_with_the_report_behind_it(local, holding, message, users):
    async def run_out(timeout):
        await under_way(holding)
        timeout.reschedule(0)
        await asyncio.sleep(0.01)
        holding.go.set()

    async def main():
        async with client(holding) as pinpoint:
            with pytest.raises(TimeoutError) as caught:  # noqa: PT012 - what raises is the block's end
                async with asyncio.timeout(None) as timeout:
                    runs_out = asyncio.create_task(run_out(timeout))
                    await pinpoint.send(message, users)
            await runs_out
            assert not asyncio.current_task().cancelling()
            return RunStoppedError.behind(caught.value).report

    check(local, asyncio.run(main()).users.values(), users)
    assert RunStoppedError.behind(ValueError()) is None


def test_a_deadline_ends_a_run_whose_users_do_not_come(local, message, users):
    handed, has_ended = Users(users[:150]), []

    async def stuck():
        try:
            async for user in handed:
                yield user
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            has_ended.append(True)

    async def main():
        async with AsyncPinpointUsers("local-application", transport=Real(local.transport)) as pinpoint:
            with pytest.raises(RunStoppedError) as caught:
                await pinpoint.send(message, stuck(), deadline=0.2, max_wait=0.05)
            assert has_ended == [True]
            return caught.value

    error = asyncio.run(main())
    assert isinstance(error.reason, DeadlineExceededError)
    check(local, error.report.users.values(), handed)


class Real(Transport):
    """The embedded service in real time."""

    def __init__(self, inner):
        self._inner = inner

    def post(self, *request):
        return self._inner.post(*request)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_goes_on_after_a_cancel(local, holding, message, users, kind):
    handed = KINDS[kind](users)

    async def main():
        results = []
        async with client(holding) as pinpoint, pinpoint.stream(message, handed) as stream:
            taking = asyncio.ensure_future(anext(stream))
            await under_way(holding)
            taking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await taking
            holding.go.set()
            results += [result async for result in stream]
        return results

    assert check(local, asyncio.run(main()), handed) == Counter(users)


def test_a_cancel_between_two_results_loses_none(local, message, users):
    async def main():
        results, struck = [], 0
        async with local.async_client() as pinpoint, pinpoint.stream(message, users) as stream:
            while True:
                taking = asyncio.ensure_future(anext(stream, None))
                if results and struck < 3:
                    await asyncio.sleep(0)
                    struck += taking.cancel()
                try:
                    result = await taking
                except asyncio.CancelledError:
                    continue
                struck = 0 if len(results) % 50 == 0 else struck
                if result is None:
                    return results
                results.append(result)

    check(local, asyncio.run(main()), users)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_is_closed_gives_what_is_left(local, message, users, kind):
    handed = KINDS[kind](users)

    async def main():
        async with local.async_client(concurrency=2) as pinpoint:
            stream, results = pinpoint.stream(message, handed), []
            async with contextlib.aclosing(stream):
                async for result in stream:
                    results.append(result)
                    if len(results) == 150:
                        break
            return results + [result async for result in stream]

    got = check(local, asyncio.run(main()), handed)
    assert 100 < len(got) < len(users)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_that_is_stopped_by_a_signal_handler_gives_what_is_left(local, message, users, kind):
    handed = KINDS[kind](users)

    async def main():
        async with local.async_client(concurrency=2) as pinpoint:
            stream = pinpoint.stream(message, handed)
            previous = signal.signal(signal.SIGINT, lambda *_: stream.stop())
            try:
                results = [await anext(stream)]
                signal.raise_signal(signal.SIGINT)
                return results + [result async for result in stream]
            finally:
                signal.signal(signal.SIGINT, previous)

    assert 0 < len(check(local, asyncio.run(main()), handed)) < len(users)


@pytest.mark.parametrize("has_begun", [False, True])
def test_a_stream_that_is_stopped_before_its_run_is_put_together_sends_nothing(local, message, users, has_begun):
    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, users)
            taking = asyncio.ensure_future(anext(stream)) if has_begun else None
            await asyncio.sleep(0)
            stream.stop()
            return [await taking if has_begun else await anext(stream)] + [result async for result in stream]

    results = asyncio.run(main())
    assert [result.user_id for result in results] == users
    assert {result.outcome for result in results} == {Outcome.NOT_SENT}
    assert not local.requests


@pytest.mark.parametrize("kind", KINDS)
def test_the_loop_ends_while_a_stream_is_half_read(local, message, users, kind):
    handed, results = KINDS[kind](users), []
    pinpoint = local.async_client(concurrency=2)

    async def main():
        async for result in pinpoint.stream(message, handed):
            results.append(result)
            if len(results) == 120:
                break

    asyncio.run(main())
    gc.collect()
    asyncio.run(pinpoint.aclose())
    got = local.got()
    assert set(got.values()) == {1}
    assert {result.user_id for result in results} <= got.keys()
    assert len(got) < len(users)


def test_the_loop_ends_while_others_send(local, holding, message, users):
    ended = []

    async def send(pinpoint, handed):
        try:
            await pinpoint.send(message, handed)
        except asyncio.CancelledError as error:
            ended.append((RunStoppedError.behind(error).report, handed))
            raise

    async def main():
        pinpoint = client(holding)
        tasks = [asyncio.create_task(send(pinpoint, each)) for each in (users[:100], Users(users[400:700]), Plain(users[700:]))]
        await under_way(holding)
        asyncio.get_running_loop().call_later(0.02, holding.go.set)  # when all tasks have been cancelled
        return pinpoint, tasks

    pinpoint, _ = asyncio.run(main())
    asyncio.run(pinpoint.aclose())
    assert len(ended) == 3
    results = [result for report, _ in ended for result in report.users.values()]
    read = [user for _, handed in ended for user in (handed if isinstance(handed, list) else handed.read)]
    check(local, results, read)


def test_a_loop_that_is_closed_with_all_its_tasks(local, holding, message, users):
    pinpoint, loop = client(holding), asyncio.new_event_loop()

    async def begin():
        sending = asyncio.create_task(pinpoint.send(message, Users(users[:500])))
        stream = pinpoint.stream(message, Users(users[500:]))
        taking = asyncio.create_task(anext(stream))
        for task in (sending, taking):
            task._log_destroy_pending = False  # which is what happens here
        await under_way(holding)
        await under_way(holding)

    loop.run_until_complete(begin())
    loop.run_until_complete(loop.shutdown_default_executor())
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False
    loop.close()
    gc.collect()
    holding.go.set()
    asyncio.run(pinpoint.aclose())
    assert set(local.got().values()) == {1}
    assert len(local.got()) < len(users)


@pytest.fixture
def slow_file(tmp_path, monkeypatch):
    """A journal whose file is opened slowly the first time, that it is being opened, and what lets it go on."""
    from pinpoint_users._journal import file

    opening, go = threading.Event(), threading.Event()
    opened = file.JournalFile

    def slowly(*args, **how):
        monkeypatch.setattr(file, "JournalFile", opened)
        journal = opened(*args, **how)
        opening.set()
        go.wait()
        return journal

    monkeypatch.setattr(file, "JournalFile", slowly)
    return Journal(tmp_path / "run.db"), opening, go


@pytest.mark.parametrize("cancels", [[()], [("the scope was cancelled",)] * 4, [(), ()]])
def test_a_cancel_while_the_journal_is_opened_lets_go_of_it(local, message, users, slow_file, cancels):
    journal, opening, go = slow_file
    is_one = cancels != [(), ()]

    async def main():
        loop = asyncio.get_running_loop()
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, users, journal=journal))
            await until(opening.is_set)
            for words in cancels:
                sending.cancel(*words)
                await asyncio.sleep(0)
            if is_one:
                loop.call_later(0.05, go.set)  # until then it isn't over
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert go.is_set() == is_one
            go.set()
            if is_one:
                return await pinpoint.send(message, users, journal=journal)
            return await _sent_when_free(pinpoint, message, users, journal)

    assert asyncio.run(main()).counts[Outcome.SUCCESSFUL] == len(users)
    assert local.got() == Counter(users)


async def _sent_when_free(pinpoint, message, users, journal):
    while True:
        with contextlib.suppress(JournalError):
            return await pinpoint.send(message, users, journal=journal)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_cancel_while_a_run_is_put_together_sends_nothing(local, message, users, wrong):
    async def main():
        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, [*users, 7] if wrong else users))
            await asyncio.sleep(0)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await sending
            assert RunStoppedError.behind(caught.value) is None
            await until(lambda: asyncio.all_tasks() == {asyncio.current_task()})

    asyncio.run(main())
    assert not local.requests


def test_a_cancel_of_a_single_request_does_not_wait_for_it(local, holding, message):
    async def main():
        async with client(holding) as pinpoint:
            request = SendUsersMessageRequest(message_configuration=message, users={"u-1": EndpointSendConfiguration()})
            sending = asyncio.create_task(pinpoint.send_users_messages(request))
            await under_way(holding)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            holding.go.set()

    asyncio.run(main())
    assert local.got() == {"u-1": 1}


def test_a_coroutine_that_is_closed_sends_nothing_again(local, holding, message, users):
    local.fail_next(429)

    async def main():
        async with client(holding) as pinpoint:
            sending = pinpoint.send(message, users[:100])
            sending.send(None)
            await under_way(holding)
            sending.close()
            holding.go.set()

    asyncio.run(main())
    assert not local.got()
    assert len(local.requests) == 1


@pytest.mark.parametrize("cancels", [1, 2])
@pytest.mark.parametrize("has_ended", [False, True])
def test_a_cancel_waits_for_users_that_end_slowly_until_there_is_another(holding, message, users, has_ended, cancels):
    ending, ended, ends = asyncio.Event(), [], asyncio.Event()

    async def slow_to_end():
        try:
            for user in users[:100]:
                yield user
            await asyncio.Event().wait()
        finally:
            ending.set()
            await ends.wait()
            ended.append(True)

    async def main():
        async with client(holding) as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, slow_to_end(), max_wait=0.02))
            await under_way(holding)
            holding.go.set()
            if has_ended:  # the run ends by itself, and waits for its users to do so
                await pinpoint.aclose()
                await ending.wait()
            sending.cancel()
            await ending.wait()
            for _ in range(5):  # until it has struck
                await asyncio.sleep(0)
            if cancels == 2:
                sending.cancel()
            else:
                ends.set()
            report = await cancelled(sending)
            assert ended == [True] * (cancels == 1)
            ends.set()
            await until(lambda: ended)
            return report

    report = asyncio.run(main())
    assert list(report.users) == users[:100]


def test_drop_by_the_collector_in_another_thread(local, holding, message, users):
    async def main():
        async with client(holding) as pinpoint:
            stream = [pinpoint.stream(message, Users(users))]
            taking = asyncio.ensure_future(anext(stream[0]))
            await under_way(holding)
            taking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await taking
            del taking
            await asyncio.to_thread(stream.clear)
            holding.go.set()

    asyncio.run(main())
    assert set(local.got().values()) == {1}


def test_the_message_of_a_builder_is_taken(local):
    builder = DirectMessageConfiguration.builder().sms_message(SMSMessage(body="hello"))

    async def main():
        async with local.async_client() as pinpoint:
            return await pinpoint.send(builder, ["u-1"])

    asyncio.run(main()).raise_for_failures()
