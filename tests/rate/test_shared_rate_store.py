"""What becomes of a run whose store of the rate is away, hangs, or refuses: it goes on alone, or says why it didn't begin."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import socket
import threading
import time
import traceback

import pytest
from rate.counting import MESSAGE, forever
from stopping import stopped_by

from pinpoint_users import DeadlineExceededError, PinpointUsers, RateLimit, RateLimitError, RunInterrupted, _postgres
from pinpoint_users._rate.shared import SharedLimiter
from pinpoint_users._rate_stores.opening import open_store
from pinpoint_users._run.rate_desk import Exchange

pytest.importorskip("redis", reason="redis-py isn't installed: it is the extra `redis`")


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


def test_a_table_that_is_locked_is_a_store_that_is_away(postgres_server, monkeypatch):
    psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    monkeypatch.setattr("pinpoint_users._rate_stores.postgres.ANSWER_TIMEOUT", 1)
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
