"""A cancel that strikes at each turn of the loop, in the same words, as anyio delivers it: it counts as one."""

from __future__ import annotations

import asyncio

import pytest
from aio.endings import client
from waiting import until


async def cancel_at_each_turn(task, let_go):
    """As a scope of anyio does until the task has left it. After some turns the world goes on."""
    for turn in range(1_000):
        if turn == 20:
            let_go()
        if not task.done():
            task.cancel("the scope was cancelled")
        await asyncio.sleep(0 if turn < 20 else 0.001)
        if task.done() and turn >= 20:
            return


def let_go(holding, left, task):
    left.append(task.done())
    holding.go.set()


async def ended(task, let_go):
    await cancel_at_each_turn(task, let_go)
    with pytest.raises(asyncio.CancelledError):
        await task


def test_leaving_a_streams_block_waits_for_what_is_under_way(local, holding, message, users):
    left = []

    async def iterate(stream):
        async with stream:
            async for _ in stream:
                pass

    async def main():
        async with client(holding) as pinpoint:
            stream = pinpoint.stream(message, users)
            task = asyncio.create_task(iterate(stream))
            await until(lambda: holding.came.acquire(blocking=False))
            await ended(task, lambda: let_go(holding, left, task))
            return [result async for result in stream]

    results = asyncio.run(main())
    assert left == [False]
    assert {result.user_id for result in results} == {*users}
    assert {*local.got()} == {result.user_id for result in results if result.attempts}


def test_a_block_of_a_stream_that_was_not_iterated_is_left(local, message, users):
    async def leave(stream, inside):
        async with stream:
            inside.set()
            await asyncio.Event().wait()

    async def main():
        async with local.async_client() as pinpoint:
            stream, inside = pinpoint.stream(message, users), asyncio.Event()
            task = asyncio.create_task(leave(stream, inside))
            await inside.wait()
            await ended(task, lambda: None)
            return [result async for result in stream]

    assert len(asyncio.run(main())) == len(users)


def test_leaving_a_clients_block_waits_for_what_is_under_way(holding, message, users):
    left = []

    async def send():
        async with client(holding) as pinpoint:
            stream = pinpoint.stream(message, users)
            async for _ in stream:
                pass

    async def main():
        task = asyncio.create_task(send())
        await until(lambda: holding.came.acquire(blocking=False))
        await ended(task, lambda: let_go(holding, left, task))

    asyncio.run(main())
    assert left == [False]


@pytest.mark.parametrize("words", [(), ("another scope",)])
def test_another_cancel_leaves_a_streams_block_at_once(holding, message, users, words):
    async def iterate(stream):
        async with stream:
            async for _ in stream:
                pass

    async def main():
        async with client(holding) as pinpoint:
            stream = pinpoint.stream(message, users)
            task = asyncio.create_task(iterate(stream))
            await until(lambda: holding.came.acquire(blocking=False))
            task.cancel("the scope was cancelled")
            for _ in range(5):
                await asyncio.sleep(0)
            task.cancel(*words)
            done, _ = await asyncio.wait([task], timeout=5)
            holding.go.set()
            assert done
            with pytest.raises(asyncio.CancelledError):
                await task
            assert len([result async for result in stream]) == len(users)

    asyncio.run(main())
