"""A rate that processes share, by real servers: never faster than the bound, and whatever becomes of the store."""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import attrs
import pytest
from stopping import stopped_by

from pinpoint_users import (
    AsyncPinpointUsers,
    DeadlineExceededError,
    DirectMessageConfiguration,
    EmailMessage,
    Endpoint,
    PinpointUsers,
    RateLimit,
    RateLimitError,
    RunInterrupted,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    Transport,
    ValidationError,
    _postgres,
)
from pinpoint_users._rate.shared import SharedLimiter
from pinpoint_users._rate_stores.opening import open_store
from pinpoint_users._run.rate_desk import Exchange
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, TextMessaging

redis = pytest.importorskip("redis", reason="redis-py isn't installed: it is the extra `redis`")

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
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
        assert send(30) == 3_000
        assert local.requests[429] > 0
        before = len(arrivals)
        assert send(8) == 800
    # Who knew nothing would begin with eight requests at a time.
    assert most_within(arrivals[before:], 0.1) < 8


class Counting(Transport):
    """Takes any request, in real time."""

    def __init__(self):
        self.requests = 0
        self.before_post = lambda: None

    def post(self, operation, application_id, body):
        self.requests += 1
        self.before_post()
        users = json.loads(body)["Users"]
        return json.dumps({"ApplicationId": application_id, "Result": {user: {} for user in users}}).encode()


@pytest.fixture
def service():
    return Counting()


@pytest.fixture
def news(caplog):
    """The events that were logged of the rate."""
    caplog.set_level("INFO", "pinpoint_users")
    return lambda: [record.event for record in caplog.records if record.event.startswith("rate_")]


@pytest.fixture
def silent():
    """A store that takes connections and says nothing, and an event for the first that came."""
    has_come = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    taken.append(listening.accept()[0])
                    has_come.set()

        taken = []
        thread = threading.Thread(target=accept)
        thread.start()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0", has_come
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for connection in taken:
            connection.close()


def users(count):
    return (f"u-{number}" for number in range(count))


def test_a_store_that_goes_away_stops_no_run_and_is_found_again(service, redis_server, news):
    rate = RateLimit.shared(redis_server.url)

    def before_post():
        if service.requests == 3:
            redis_server.stop()
        elif service.requests == 8:
            redis_server.start()

    service.before_post = before_post
    with PinpointUsers("app", transport=service, rate=rate, requests_per_second=200, concurrency=1) as pinpoint:
        stream = pinpoint.stream(MESSAGE, forever())
        for _ in stream:
            if "rate_shared" in news():
                break
        stream.close()
    assert news()[:2] == ["rate_alone", "rate_shared"]


def forever():
    number = 0
    while True:
        number += 1
        yield f"u-{number}"


def test_a_table_that_is_locked_is_a_store_that_is_away(postgres_server, monkeypatch):
    psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    monkeypatch.setattr("pinpoint_users._rate_stores.postgres.ANSWER_TIMEOUT", 0.02)
    url = postgres_server.new_url()
    store = open_store(url)
    assert store.replace("key", None, "state")
    with psycopg.connect(url) as locking:
        locking.execute("LOCK TABLE pinpoint_rates IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(RateLimitError, match="can't be asked for in PostgreSQL: QueryCanceled"):
            store.read("key")
    assert store.read("key")[0] == "state"
    store.close()


def test_a_pooler_s_sessions_are_left_as_they_are(postgres_server, monkeypatch):
    pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    monkeypatch.setattr(_postgres, "_BACKEND", "SELECT 0")
    store = open_store(postgres_server.new_url())
    store.read("key")
    assert store._connection.execute("SHOW statement_timeout").fetchone() == ("0",)
    store.close()


def test_the_warning_says_once_what_goes_on_and_no_password(service, redis_server, caplog, monkeypatch):
    monkeypatch.setattr("pinpoint_users._rate.shared._PAUSE", 0.01)
    with PinpointUsers(
        "app", transport=service, rate=RateLimit.shared(redis_server.url), requests_per_second=50, concurrency=1
    ) as pinpoint:
        pinpoint.send(MESSAGE, ["u-1"])
        redis_server.stop()
        pinpoint.send(MESSAGE, ["u-2"])
        (limiter,) = pinpoint._rates._limiters
        asks_again_at = limiter._not_before
        while limiter._not_before == asks_again_at:
            pinpoint.send(MESSAGE, ["u-3"])
    (record,) = [record for record in caplog.records if getattr(record, "event", None) == "rate_alone"]
    assert record.levelname == "WARNING"
    assert 0 < record.requests_per_second <= 50
    assert record.error == "RateLimitError"
    assert "can't be asked for in Redis" in record.getMessage()
    for written in ("s3cr/et", "s3cr%2Fet"):
        assert written not in caplog.text


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


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hush-hush@127.0.0.1:1/x",
        "redis://:hush-hush@127.0.0.1:1/0",
        "postgresql://127.0.0.1:1/x?password=hush-hush",
        "postgresql://me:pass@hush-hush:word/@127.0.0.1:1/x",
    ],
)
def test_a_store_that_was_never_reached_stops_the_run_before_it_sends(service, url):
    pytest.importorskip(url.partition(":")[0].replace("postgresql", "psycopg"))
    rate = RateLimit.shared(url)
    with PinpointUsers("app", transport=service, rate=rate) as pinpoint:
        for _ in range(2):
            with stopped_by(RateLimitError, match="the shared rate can't be asked for in") as caught:
                pinpoint.send(MESSAGE, ["u-1", "u-2"])
            assert set(caught.value.report.users) == {"u-1", "u-2"}
            shown = "".join(traceback.format_exception(caught.value))
            assert "hush" not in shown + repr(rate) + str(pickle.loads(pickle.dumps(caught.value)))
    assert service.requests == 0


@pytest.mark.parametrize("url", ["postgresql://test:hush-hush@/test?host={folder}", "redis://:hush-hush@127.0.0.1:{port}/0"])
def test_a_wrong_password_is_told_without_it(service, request, url):
    if url.startswith("redis"):
        url = url.format(port=request.getfixturevalue("redis_server").port)
    else:
        url = url.format(folder=request.getfixturevalue("postgres_server").folder).replace("/test?", "/no_such_database?")
    with (
        PinpointUsers("app", transport=service, rate=RateLimit.shared(url)) as pinpoint,
        stopped_by(RateLimitError, match="no_such_database|WRONGPASS|invalid") as caught,
    ):
        pinpoint.send(MESSAGE, ["u-1"])
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_nobody_waits_for_the_store_beyond_the_deadline(service, silent, monkeypatch):
    monkeypatch.setattr("pinpoint_users._rate.shared._PATIENCE", 0.5)
    with (
        PinpointUsers("app", transport=service, rate=RateLimit.shared(silent[0])) as pinpoint,
        stopped_by(DeadlineExceededError),
    ):
        pinpoint.send(MESSAGE, ["u-1"], deadline=0.05)
    assert service.requests == 0


def test_ctrl_c_ends_the_wait_for_the_store(service, silent, monkeypatch):
    monkeypatch.setattr("pinpoint_users._rate.shared._PATIENCE", 60.0)
    monkeypatch.setattr("pinpoint_users._rate_stores.redis.ANSWER_TIMEOUT", 0.5)
    url, has_come = silent

    def interrupt():
        has_come.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with PinpointUsers("app", transport=service, rate=RateLimit.shared(url)) as pinpoint:
        with pytest.raises(RunInterrupted) as caught:
            pinpoint.send(MESSAGE, ["u-1"])
        thread.join()
    assert [*caught.value.report.users] == ["u-1"]
    assert service.requests == 0


def test_a_store_that_hangs_is_given_up(service, silent, monkeypatch):
    monkeypatch.setattr("pinpoint_users._rate.shared._PATIENCE", 0.1)
    monkeypatch.setattr("pinpoint_users._rate_stores.redis.ANSWER_TIMEOUT", 0.5)
    with PinpointUsers("app", transport=service, rate=RateLimit.shared(silent[0])) as pinpoint:
        with stopped_by(RateLimitError, match="doesn't answer"):
            pinpoint.send(MESSAGE, ["u-1"])
        driver = pinpoint._drivers[os.getpid()]
        while driver._hanging:  # until the thread that asked has come back
            time.sleep(0.01)


def test_a_lost_connection_is_made_again(service, postgres_server):
    import psycopg

    conninfo = postgres_server.new_database()
    url = f"postgresql://test@/{conninfo.rpartition('dbname=')[2]}?host={postgres_server.folder}"
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
    with (
        psycopg.connect(conninfo, autocommit=True) as other,
        PinpointUsers("app", transport=service, rate=RateLimit.shared(url), requests_per_second=50) as pinpoint,
    ):
        for number in range(3):
            pinpoint.send(MESSAGE, [f"u-{number}"])
            other.execute(end, (other.info.backend_pid,))
        assert not pinpoint._rates._limiters[0].is_alone
        pinpoint.send(MESSAGE, ["u-8"])
        other.execute("DROP TABLE pinpoint_rates")
        pinpoint.send(MESSAGE, ["u-9"])
        assert pinpoint._rates._limiters[0].is_alone
    assert service.requests == 5


def test_a_store_that_changes_all_the_time_is_told():
    class Contended:
        def read(self, _key):
            return None, 1.0

        def replace(self, _key, _old, _new):
            return False

    limiter = SharedLimiter("rate", 1.0, None, lambda: 0.0)
    limiter.wait(0.0)
    told = Exchange(Contended(), limiter, limiter.ask(0.0)).carry_out(lambda: 0.0)
    assert isinstance(told, RateLimitError)
    assert "too many processes" in str(told)


def test_what_a_store_raises_besides_is_told_without_its_words():
    class Broken:
        def read(self, _key):
            raise ZeroDivisionError("hush")

    limiter = SharedLimiter("rate", 1.0, None, lambda: 0.0)
    limiter.wait(0.0)
    told = Exchange(Broken(), limiter, limiter.ask(0.0)).carry_out(lambda: 0.0)
    assert str(told) == "the shared rate can't be asked for: ZeroDivisionError"


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


@pytest.mark.parametrize(("scheme", "module", "extra"), [("redis", "redis", "redis"), ("postgres", "psycopg", "postgres")])
def test_without_the_extra_it_says_so(service, monkeypatch, scheme, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"comes with the extra `{extra}`: in a clone, pip install '\.\[{extra}\]'"):
        PinpointUsers("app", transport=service, rate=RateLimit.shared(f"{scheme}://127.0.0.1/0"))


@pytest.mark.parametrize(
    ("url", "match"),
    [
        (7, "url: must be a string, not int"),
        ("127.0.0.1:hush", "url: must be a URL that begins with postgresql://, redis:// or rediss://"),
        ("mysql://hush@127.0.0.1", "url: must be a URL"),
    ],
)
def test_the_url_must_be_of_a_store(url, match):
    with pytest.raises(ValidationError, match=match) as caught:
        RateLimit.shared(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush#hush@127.0.0.1:6379/0",
        "postgresql://u:hush@127.0.0.1:x/?y=hush",
        "redis://127.0.0.1:hush",
        "redis://127.0.0.1:6379/0?hush=1",
        "redis://127.0.0.1:6379/0?socket_timeout=hush",
        "rediss://127.0.0.1:6379/0?ssl_cert_reqs=hush",
    ],
)
def test_a_url_that_cannot_be_read_is_not_shown(service, url):
    pytest.importorskip("psycopg" if url.startswith("postgresql") else "redis")
    with pytest.raises(ValidationError, match=r"can't be read as a URL of .*: look at its parameters") as caught:
        PinpointUsers("app", transport=service, rate=RateLimit.shared(url))
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_the_name_and_the_argument_are_checked(service):
    for wrong in ("", "a b", "x" * 65, 7):
        with pytest.raises(ValidationError, match="name: must have 1 to 64"):
            RateLimit.shared("redis://127.0.0.1", name=wrong)
    with pytest.raises(ValidationError, match=r'rate: must be a RateLimit, not str: write RateLimit\.shared\("redis://…"\)'):
        PinpointUsers("app", transport=service, rate="redis://127.0.0.1")
