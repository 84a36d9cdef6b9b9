"""However a stream is ended, nobody gets the message twice and nobody is forgotten: counted at the receiver."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections import Counter

import pytest
from aio.endings import KINDS, Users, check, client, under_way

from pinpoint_users import Outcome


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
