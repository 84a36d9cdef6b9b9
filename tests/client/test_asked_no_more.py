"""Who reads users may have to wait for each: where nothing more goes out, they are asked for no more."""

from __future__ import annotations

import asyncio
import logging
import threading
import time

import pytest
from stopping import stopped_by

from pinpoint_users import AsyncPinpointUsers, ConfigurationError, Outcome, PinpointUsers, RunInterrupted, RunStoppedError


class Queue:
    """Users as of `iter(queue.get, None)` or a consumer of Kafka, and how often they were asked for.

    Args:
        others: What comes after the first user, whom nothing else follows until he was sent to.
    """

    def __init__(self, service, *others):
        self.asked = 0
        self._others = [*others]
        self._is_out = threading.Event()
        service.before_post = lambda _number: self._is_out.set()

    def __iter__(self):
        return self

    def __next__(self):
        self.asked += 1
        if self.asked == 1:
            return "u-1"
        assert self._is_out.wait(60)
        if not self._others:
            pytest.fail("it would wait for ever")
        return self._others.pop(0)()


def interrupt():
    raise KeyboardInterrupt


def test_ctrl_c_while_send_waits_for_a_user_ends_it_with_its_report(service, message):
    users = Queue(service, interrupt)
    with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(RunInterrupted) as caught:
        pinpoint.send(message, users, max_wait=0.02)
    assert users.asked == 2
    assert {user_id: user.outcome for user_id, user in caught.value.report.users.items()} == {"u-1": Outcome.SUCCESSFUL}


def test_a_stream_that_is_closed_after_ctrl_c_waits_for_no_user(service, message):
    users = Queue(service, interrupt)
    with PinpointUsers("app", transport=service) as pinpoint:
        with pytest.raises(KeyboardInterrupt), pinpoint.stream(message, users, max_wait=0.02) as stream:
            next(stream)
        assert [result.outcome for result in stream] == [Outcome.SUCCESSFUL]
    assert users.asked == 2


@pytest.fixture
def has_ended():
    """Set as soon as a run is done with all that it knows."""

    class Ends(logging.Handler):
        def emit(self, record):
            if record.event == "run_ended":
                ended.set()

    ended, logger, handler = threading.Event(), logging.getLogger("pinpoint_users"), Ends()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield ended
    logger.setLevel(level)
    logger.removeHandler(handler)


@pytest.mark.parametrize("door", ["send", "stream"])
def test_a_user_who_comes_when_a_run_has_stopped_is_the_last(service, message, has_ended, door):
    def late():
        assert has_ended.wait(60)
        return "u-2"

    users, results = Queue(service, late), []
    service.failures = [ConfigurationError("no permission")]
    with PinpointUsers("app", transport=service) as pinpoint, stopped_by(ConfigurationError) as caught:
        sent = getattr(pinpoint, door)(message, users, max_wait=0.02)
        results += sent
    assert users.asked == 2
    assert list(caught.value.report.users) == ["u-1", "u-2"]


def test_a_task_that_is_cancelled_asks_for_no_more(service, message):
    def after_a_turn_of_the_loop():
        sending.append(asyncio.current_task())
        sending[0].cancel()
        time.sleep(0.01)  # longer than users are read at a time
        return "u-2"

    users, sending = Queue(service, after_a_turn_of_the_loop), []

    async def main():
        async with AsyncPinpointUsers("app", transport=service) as pinpoint:
            with pytest.raises(asyncio.CancelledError) as caught:
                await asyncio.create_task(pinpoint.send(message, users, max_wait=0.02))
            return RunStoppedError.behind(caught.value).report

    assert list(asyncio.run(main()).users) == ["u-1", "u-2"]
    assert users.asked == 2
