"""However a task that sends is ended, nobody gets the message twice and nobody is forgotten: counted at the receiver."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections import Counter

import pytest
from aio.endings import KINDS, Real, Users, cancelled, check, client, under_way
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
)


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


@pytest.mark.parametrize("is_cancelled_before", [False, True])
def test_a_coroutine_that_is_closed_sends_nothing_again(local, holding, message, users, is_cancelled_before):
    local.fail_next(429)

    async def main():
        async with client(holding) as pinpoint:
            sending = pinpoint.send(message, users[:100])
            sending.send(None)
            await under_way(holding)
            if is_cancelled_before:
                sending.throw(asyncio.CancelledError())
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


def test_the_message_of_a_builder_is_taken(local):
    builder = DirectMessageConfiguration.builder().sms_message(SMSMessage(body="hello"))

    async def main():
        async with local.async_client() as pinpoint:
            return await pinpoint.send(builder, ["u-1"])

    asyncio.run(main()).raise_for_failures()
