"""A rate that processes share, by real servers: never faster than the bound."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest
from rate.counting import MESSAGE, users
from stopping import stopped_by

from pinpoint_users import (
    AsyncPinpointUsers,
    DeadlineExceededError,
    DirectMessageConfiguration,
    EmailMessage,
    Endpoint,
    PinpointUsers,
    RateLimit,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, TextMessaging

redis = pytest.importorskip("redis", reason="redis-py isn't installed: it is the extra `redis`")

WORKER = Path(__file__).with_name("worker.py")
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
LATE = 0.6
"""Seconds for which a request may be late: by a lease, and by what one doesn't know of another's clock."""


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        yield local


@pytest.fixture
def arrivals(local):
    """When each request came in at the server, by its clock."""
    arrivals, meet = [], local._served.meet

    def stamped(operation):
        arrivals.append(time.monotonic())
        return meet(operation)

    local._served.meet = stamped
    return arrivals


def most_within(times, seconds):
    times = sorted(times)
    first, most = 0, 0
    for last, at in enumerate(times):
        while times[first] < at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def start(*arguments):
    command = [sys.executable, str(WORKER), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **KEYS})


def test_processes_keep_the_bound_together(local, arrivals, store_url):
    bound, workers, concurrency, requests = 20, 4, 2, 15
    with local.serve() as server:
        processes = [start(server.url, store_url, bound, requests, concurrency) for _ in range(workers)]
        assert [process.stdout.readline() for process in processes] == [b"ready\n"] * workers
        for process in processes:
            process.stdin.write(b"go\n")
            process.stdin.flush()
        told = [json.loads(process.communicate(timeout=120)[0]) for process in processes]
    assert told == [{"results": 100 * requests, "answered": 1}] * workers
    assert len(arrivals) == workers * (requests + 1)
    for seconds in (0.25, 1.0):
        assert most_within(arrivals, seconds) <= bound * (seconds + LATE) + workers * concurrency + 1


def test_what_one_found_the_next_begins_with(local, arrivals, redis_server, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    local.limit_rate(10)
    rate = RateLimit.shared(redis_server.url)

    def send(count):
        with PinpointUsers("local-application", endpoint_url=server.url, region_name="eu-west-1", rate=rate) as pinpoint:
            return len([*pinpoint.stream(MESSAGE, users(100 * count))])

    with local.serve() as server:
        local.fail_next(429, times=2)  # as the quota does too where the machine is fast enough to reach it
        assert send(30) == 3_000
        assert local.requests[429] > 0
        before = len(arrivals)
        assert send(8) == 800
    # Who knew nothing would begin with eight requests at a time.
    assert most_within(arrivals[before:], 0.1) < 8


def test_users_are_read_no_further_than_there_is_room(service, redis_server):
    read = []
    rate = RateLimit.shared(redis_server.url)
    with (
        PinpointUsers("app", transport=service, rate=rate, requests_per_second=20) as pinpoint,
        stopped_by(DeadlineExceededError),
    ):
        for _ in pinpoint.stream(MESSAGE, (read.append(user) or user for user in users(100_000)), deadline=0.6):
            pass
    assert service.requests > 0
    assert len(read) <= 100 * (service.requests + 2)  # one that waits for its time, and the next one


def test_it_works_from_asyncio(service, store_url):
    async def main():
        rate = RateLimit.shared(store_url)
        async with AsyncPinpointUsers("app", transport=service, rate=rate, requests_per_second=50) as pinpoint:
            report = await pinpoint.send(MESSAGE, [*users(250)])
            return len(report.users)

    assert asyncio.run(main()) == 250
    assert service.requests == 3


def test_each_way_out_has_a_rate_of_its_own(redis_server):
    endpoints = {
        "u-1": [
            Endpoint(channel_type="SMS", address="+12065550100"),
            Endpoint(channel_type="EMAIL", address="one@example.com"),
        ]
    }
    message = DirectMessageConfiguration(
        sms_message=SMSMessage(body="hello"),
        email_message=EmailMessage(
            simple_email=SimpleEmail(subject=SimpleEmailPart(data="a"), text_part=SimpleEmailPart(data="b"))
        ),
    )
    ways = {"SMS": TextMessaging(parts_per_second=20), "EMAIL": SES(from_email_address="us@example.com", requests_per_second=9)}
    rate = RateLimit.shared(redis_server.url, name="fleet")
    with (
        LocalPinpoint() as local,
        PinpointUsers("app", transport=local.transport, directory=endpoints, routes=ways, rate=rate) as pinpoint,
    ):
        for _ in range(2):
            report = pinpoint.send(attrs.evolve(message), ["u-1"])
            report.raise_for_failures()
        assert len(local.deliveries()) == 4
    with redis.Redis.from_url(redis_server.url) as client:
        keys = {key.decode() for key in client.scan_iter()}
    assert {key.rpartition("/")[0] for key in keys} == {"pinpoint_users:rate:fleet"}
    assert len(keys) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_both_sides_of_a_fork_go_on(service, store_url):
    rate = RateLimit.shared(store_url)
    with PinpointUsers("app", transport=service, rate=rate, requests_per_second=50) as pinpoint:
        pinpoint.send(MESSAGE, ["u-1"])

        def child():
            pinpoint.send(MESSAGE, ["u-2"])
            assert not pinpoint._rates._limiters[0].is_alone
            pinpoint.close()

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        assert process.exitcode == 0
        pinpoint.send(MESSAGE, ["u-3"])
        assert not pinpoint._rates._limiters[0].is_alone


def test_a_child_makes_a_connection_of_its_own(service, store_url, monkeypatch):
    with PinpointUsers("app", transport=service, rate=RateLimit.shared(store_url)) as pinpoint:
        pinpoint.send(MESSAGE, ["u-1"])
        parents = pinpoint._rates._store
        with monkeypatch.context() as in_child:
            in_child.setattr(os, "getpid", lambda: -1)  # whose lines nobody counts
            pinpoint.send(MESSAGE, ["u-2"])
            assert pinpoint._rates._store is not parents
            pinpoint.close()
        parents.close()
        pinpoint._drivers[os.getpid()].close()
