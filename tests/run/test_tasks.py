"""How a task waits for its run."""

from __future__ import annotations

import asyncio

from pinpoint_users._run.tasks import LoopNews


def test_what_has_happened_before_it_is_waited_for_is_not_waited_for():
    async def main():
        news = LoopNews()
        news.set()
        await asyncio.wait_for(news.come(), 10)

    asyncio.run(main())
