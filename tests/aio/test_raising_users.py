"""Users whose async iterable raises what ends programs: nobody who was read is forgotten."""

from __future__ import annotations

import asyncio

import pytest

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
