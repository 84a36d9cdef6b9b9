"""A loop that ends while its tasks send: nobody gets the message twice, counted at the receiver."""

from __future__ import annotations

import asyncio
import gc

import pytest
from aio.endings import KINDS, Plain, Users, check, client, under_way

from pinpoint_users import RunStoppedError


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
