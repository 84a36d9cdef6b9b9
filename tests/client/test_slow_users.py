"""Iterators that are slow or have no end: a user waits for others no longer than `max_wait`, and a deadline ends it all."""

from __future__ import annotations

import threading
import time
from itertools import count, repeat

import pytest
from stopping import stopped_by

from pinpoint_users import DeadlineExceededError, Outcome, PinpointUsers, ValidationError

SOON = 5.0
"""Seconds within which a run is over that should be at once; far less than what the iterators here would take."""


@pytest.fixture(params=["send", "stream"])
def send(request, service, message):
    """Both ways to send to an iterator; what came out."""

    def send(users, **how):
        with PinpointUsers("app", transport=service) as pinpoint:
            if request.param == "send":
                return list(pinpoint.send(message, users, **how).users.values())
            return list(pinpoint.stream(message, users, **how))

    return send


def test_a_request_goes_out_before_it_is_full(service, send):
    goes_out = [threading.Event() for _ in range(3)]
    service.before_post = lambda number: goes_out[number - 1].set()

    def users():
        for number, event in enumerate(goes_out):
            yield f"{number}-a"
            yield f"{number}-b"
            assert event.wait(60)  # the next ones come only when these have gone out

    results = send(users(), max_wait=0.05)
    assert [result.outcome for result in results] == [Outcome.SUCCESSFUL] * 6
    assert service.user_counts == [2, 2, 2]


def test_half_a_second_is_the_longest_by_default(send, service):
    goes_out, waited = threading.Event(), []
    service.before_post = lambda _number: goes_out.set()

    def users():
        goes_out.clear()
        yield "a"
        began = time.monotonic()
        assert goes_out.wait(60)
        waited.append(time.monotonic() - began)

    for _ in range(10):  # a busy machine may be late, but not each time
        send(users())
        if waited[-1] < 0.5 + 0.25:
            break
    assert min(waited) < 0.5 + 0.25


def test_users_who_come_fast_fill_requests(send, service):
    results = send((f"u-{number}" for number in range(250)), max_wait=60)
    assert len(results) == 250
    assert sorted(service.user_counts) == [50, 100, 100]


def test_the_last_users_wait_for_nobody(send):
    began = time.monotonic()
    assert len(send(iter(["a", "b"]), max_wait=60)) == 2
    assert time.monotonic() - began < SOON


@pytest.mark.parametrize("max_wait", [0, -1, float("nan"), float("inf"), "0.5", True, None])
def test_the_longest_wait_is_a_time(service, send, max_wait):
    with pytest.raises(ValidationError, match="max_wait: must be a number of seconds above 0"):
        send(iter(["a"]), max_wait=max_wait)
    assert service.requests == []


@pytest.mark.parametrize("forever", [lambda: map(str, count()), lambda: repeat("a")], ids=["users", "one-user"])
def test_a_deadline_ends_an_iterator_without_end(service, send, forever):
    service.monotonic = time.monotonic
    began = time.monotonic()
    with stopped_by(DeadlineExceededError) as caught:
        send(forever(), deadline=0.2)
    assert time.monotonic() - began < SOON
    assert {user.error for user in caught.value.report.not_sent} <= {caught.value.reason}


def test_a_deadline_ends_a_slow_iterator_without_end(service, send):
    began, is_out = time.monotonic(), threading.Event()
    service.before_post = lambda _number: is_out.set()
    service.monotonic = lambda: time.monotonic() if is_out.is_set() else began  # a busy machine has time for the first one
    is_over, yielded = threading.Event(), []

    def users():
        for number in count():
            yielded.append(f"u-{number}")
            yield yielded[-1]
            is_over.wait(0.02)

    with stopped_by(DeadlineExceededError) as caught:
        send(users(), deadline=0.3, max_wait=0.05)
    assert time.monotonic() - began < SOON
    delivered = {endpoint.rsplit("-", 1)[0] for endpoint in service.delivered}
    assert 0 < len(delivered) <= len(yielded)
    assert {user.error for user in caught.value.report.not_sent} <= {caught.value.reason}
