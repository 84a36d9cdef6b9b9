"""Users whose async iterable raises what ends programs: nobody who was read is forgotten."""

from __future__ import annotations

import asyncio
import sys

import pytest
from aio.endings import cancelled, check, client, under_way

from pinpoint_users import Outcome, RunStoppedError

READ = [f"u-{number}" for number in range(468)]


async def interrupted():
    for user in READ:
        yield user
    raise KeyboardInterrupt


def test_ctrl_c_within_an_async_iterable_has_the_report(local, message):
    async def main():
        async with local.async_client() as pinpoint:
            with pytest.raises(KeyboardInterrupt) as caught:
                await pinpoint.send(message, interrupted())
            return RunStoppedError.behind(caught.value)

    stopped = asyncio.run(main())
    assert {*stopped.report.users} == {*READ}
    sent = {user for user, result in stopped.report.users.items() if result.outcome is Outcome.SUCCESSFUL}
    assert sent == {delivery.user_id for delivery in local.deliveries()}


def test_a_stream_goes_on_after_ctrl_c_within_an_async_iterable(local, message):
    async def main():
        async with local.async_client() as pinpoint:
            stream = pinpoint.stream(message, interrupted())
            results, interrupts = [], 0
            while interrupts < 2:
                try:
                    results += [await anext(stream)]
                except KeyboardInterrupt:  # noqa: PERF203 - one by one, as it is iterated on
                    interrupts += 1
                except StopAsyncIteration:
                    return results, interrupts
            return results, interrupts

    results, interrupts = asyncio.run(main())
    assert interrupts == 1
    assert sorted(result.user_id for result in results) == sorted(READ)
    assert {result.outcome for result in results} == {Outcome.SUCCESSFUL}


def test_ctrl_c_before_a_user_is_counted_loses_nobody(local, message):
    """As asyncio's second one, which strikes anywhere; Python lets it in when a function begins."""

    def strike(frame, event, _arg):
        if event == "call" and frame.f_back.f_code.co_name == "_read" and frame.f_code.co_filename.endswith("run.py"):
            sys.setprofile(None)
            raise KeyboardInterrupt

    read = []

    async def users():
        sys.setprofile(strike)
        for user in READ:
            read.append(user)
            yield user

    async def main():
        async with local.async_client() as pinpoint:
            with pytest.raises(KeyboardInterrupt) as caught:
                await pinpoint.send(message, users())
            return RunStoppedError.behind(caught.value).report

    assert list(asyncio.run(main()).users) == read == ["u-0"]


@pytest.mark.parametrize("raised", [SystemExit, KeyboardInterrupt])
def test_what_an_iterable_raises_after_a_cancel_costs_nobody_the_report(local, holding, message, users, raised):
    ends, handed = asyncio.Event(), users[:100]

    async def raising():
        for user in handed:
            yield user
        await ends.wait()
        raise raised

    async def main():
        async with client(holding) as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, raising()))
            await under_way(holding)
            sending.cancel()
            await asyncio.sleep(0)
            ends.set()
            for _ in range(5):  # until it has raised
                await asyncio.sleep(0)
            holding.go.set()
            return await cancelled(sending)

    check(local, asyncio.run(main()).users.values(), handed)
