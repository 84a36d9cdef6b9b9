"""A run that is begun anew, for users who came while it ended, isn't over by its first end."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest
from aio.endings import cancelled
from waiting import until

from pinpoint_users import EndpointSendConfiguration


class SlowPair(tuple):
    """A user, and something to be called that takes a while before it is read."""

    __slots__ = ()

    def __iter__(self):
        user_id, begins = super().__iter__()
        begins()
        time.sleep(0.05)
        return iter((user_id, EndpointSendConfiguration()))


class HoldingEnds(logging.Handler):
    """Keeps the thread that tells of a run's first end, until it is let go."""

    def __init__(self):
        super().__init__()
        self.came, self.go = threading.Event(), threading.Event()

    def emit(self, record):
        if record.event == "run_ended" and not self.came.is_set():
            self.came.set()
            self.go.wait()


@pytest.fixture
def ends():
    logger, handler = logging.getLogger("pinpoint_users"), HoldingEnds()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    handler.go.set()
    logger.setLevel(level)
    logger.removeHandler(handler)


def test_a_user_who_comes_while_a_cancelled_run_ends_is_in_the_report_of_the_second_cancel(local, message, ends):
    async def main():
        goes_on, asked = asyncio.Event(), []

        async def users():
            asked.append(True)
            await goes_on.wait()
            yield SlowPair(("u-1", ends.go.set))
            await asyncio.Event().wait()

        async with local.async_client() as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, users()))
            await until(lambda: asked)
            sending.cancel()
            await until(ends.came.is_set)
            goes_on.set()
            for _ in range(5):  # until the user is read
                await asyncio.sleep(0)
            sending.cancel()
            return await cancelled(sending)

    report = asyncio.run(main())
    assert list(report.users) == ["u-1"]
    assert not local.got()
