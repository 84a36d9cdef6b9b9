"""A journal in PostgreSQL whose tables another session locks, as migrations, LOCK TABLE and VACUUM FULL do."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter

import attrs
import pytest
from journal.journals import done, in_flight
from stopping import stopped_by

from pinpoint_users import (
    DeadlineExceededError,
    DirectMessageConfiguration,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    SMSMessage,
    Transport,
    read_counts,
)
from pinpoint_users._journal import lease, postgres, schema
from pinpoint_users._journal.opening import open_journal as opened
from pinpoint_users._run import base_client

psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")

WAITING = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'pinpoint_journal_{}'::regclass)"
LOCKED = "another session locks its table, such as a migration, LOCK TABLE or VACUUM FULL: wait for its end"
MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
TABLES = ["users", "workers"]


@pytest.fixture
def kind():
    return "postgres"


@pytest.fixture
def locking(place):
    """Another session."""
    with psycopg.connect(place.path) as connection:
        yield connection


def lock(locking, table):
    locking.execute(f"LOCK TABLE pinpoint_journal_{table} IN ACCESS EXCLUSIVE MODE")


def soon(place):
    """The same journal, for who waits for locks for 10 ms."""
    return Journal(f"{place.path}&options=-c%20lock_timeout%3D10ms", run=place.run)


def open_soon(place):
    return opened(soon(place), application_id="app", content=b"hello")


@attrs.define(eq=False)
class Receiver(Transport):
    """Counts what users get, by a clock that may be set forward."""

    ahead: float = 0.0
    got: Counter[str] = attrs.Factory(Counter)
    before_post: object = None
    guard: threading.Lock = attrs.Factory(threading.Lock)

    def monotonic(self):
        return time.monotonic() + self.ahead

    def post(self, _operation, application_id, body):
        users = list(json.loads(body)["Users"])
        with self.guard:
            if self.before_post is not None:
                self.before_post(len(self.got))
            self.got.update(users)
        result = {user_id: {"e": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}} for user_id in users}
        return json.dumps({"ApplicationId": application_id, "RequestId": "r", "Result": result}).encode()


@pytest.fixture
def receiver():
    return Receiver()


class TestALock:
    @pytest.mark.parametrize("table", ["version", "runs", "workers"])
    def test_that_lasts_lets_no_run_begin(self, place, open_journal, locking, table):
        open_journal().close()
        lock(locking, table)
        with pytest.raises(JournalError, match=f"^run 'parcels' at postgresql://.*the journal can't be opened: {LOCKED}"):
            open_soon(place)

    def test_is_waited_for_no_longer_than_a_run_may_take(self, place, open_journal, locking):
        open_journal().close()
        lock(locking, "runs")
        with pytest.raises(JournalError, match=LOCKED):
            opened(place, application_id="app", content=b"hello", within=0.01)

    @pytest.mark.parametrize("table", TABLES)
    def test_that_ends_is_waited_for(self, place, open_journal, locking, table):
        open_journal().close()
        journal = open_soon(place)
        try:
            lock(locking, table)
            end = threading.Timer(0.05, locking.rollback)
            end.start()
            assert journal.look_up(["u-1"]) == {}
            end.join()
            lock(locking, table)
            end = threading.Timer(0.05, locking.rollback)
            end.start()
            journal.write([in_flight("u-1")])
            end.join()
            assert journal.look_up(["u-1"])["u-1"].unknown
        finally:
            journal.close()

    @pytest.mark.parametrize("table", TABLES)
    def test_that_lasts_is_told(self, place, open_journal, locking, table, monkeypatch):
        monkeypatch.setattr(postgres, "PATIENCE", 0.02)
        open_journal().close()
        journal = open_soon(place)
        try:
            lock(locking, table)
            with pytest.raises(JournalError, match=f"can't be written: {LOCKED}"):
                journal.write([done("u-1")])
            with pytest.raises(JournalError, match=f"can't be read: {LOCKED}"):
                journal.look_up(["u-1"])
            locking.rollback()
            journal.write([done("u-1")])
            with pytest.raises(JournalError, match=f"can't be read: {LOCKED}"):  # the run is over
                journal.look_up(["u-1"])
        finally:
            journal.close()

    def test_is_waited_for_no_longer_once_the_journal_is_closed(self, place, open_journal, locking, monkeypatch):
        monkeypatch.setattr(lease, "_CLOSING", 0.0)
        open_journal().close()
        journal, faults = open_soon(place), []

        def look_up():
            try:
                journal.look_up(["u-1"])
            except JournalError as error:
                faults.append(error)

        lock(locking, "users")
        asking = threading.Thread(target=look_up)
        began = time.monotonic()
        asking.start()
        with psycopg.connect(place.path, autocommit=True) as watching:
            while watching.execute(WAITING.format("users")).fetchone() != (True,):
                pass
        journal.close()
        asking.join()
        assert LOCKED in str(faults.pop())
        assert time.monotonic() - began < postgres.PATIENCE

    def test_is_told_to_who_reads(self, place, open_journal, locking):
        open_journal().write([done("u-1")])
        lock(locking, "users")
        with pytest.raises(JournalError, match=f"can't be read: {LOCKED}"):
            read_counts(soon(place))
        locking.rollback()
        assert sum(read_counts(place).values()) == 1

    def test_is_waited_for_as_the_role_says(self, place, open_journal, locking):
        open_journal().close()
        locking.execute("ALTER ROLE test IN DATABASE %s SET lock_timeout = '10ms'" % locking.info.dbname)  # noqa: UP031 - SQL
        locking.commit()
        lock(locking, "runs")
        with pytest.raises(JournalError, match=LOCKED):
            open_journal()


class TestALease:
    def test_is_prolonged_once_the_lock_is_let_go_of(self, place, open_journal, locking, monkeypatch):
        """A renewal is refused meanwhile, and nothing is made of that."""
        other = open_journal()  # first: on a busy machine it might find the short lease at an end
        monkeypatch.setattr(lease, "SECONDS", 0.3)
        journal = open_soon(place)
        monkeypatch.setattr(lease, "SECONDS", 30.0)
        try:
            journal.look_up(["u-1"])
            lock(locking, "workers")
            with psycopg.connect(place.path, autocommit=True) as watching:
                for is_waiting in (True, False):
                    while watching.execute(WAITING.format("workers")).fetchone() != (is_waiting,):
                        pass
            locking.rollback()
            journal.write([done("u-1")])
            assert other.look_up(["u-1"]) == {"u-1": done("u-1")}
        finally:
            journal.close()

    def test_that_is_lost_meanwhile_is_found_lost(self, place, open_journal, locking):
        journal, other = open_journal(), open_journal()
        journal.look_up(["u-1"])
        locking.execute(
            "UPDATE pinpoint_journal_workers SET lease_ends = '-infinity' WHERE id = %s", (journal._lease.of["me"],)
        )
        locking.commit()
        lock(locking, "users")
        end = threading.Timer(0.05, locking.rollback)
        end.start()
        other._connection.use(lambda opened: opened.execute(schema.RENEW, other._lease.of))
        with pytest.raises(JournalError, match="wasn't heard of for 30 s"):
            journal.write([done("u-1")])
        end.join()
        assert other.look_up(["u-1"]) == {}


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr(base_client, "_JOURNAL_PATIENCE", 0.02)
    monkeypatch.setattr(lease, "_CLOSING", 0.02)


@pytest.mark.usefixtures("_impatient")
class TestARun:
    @pytest.mark.parametrize("table", TABLES)
    @pytest.mark.parametrize("size", [30, 2_000])
    def test_ends_at_its_deadline(self, place, receiver, locking, table, size):
        users = [f"u-{number}" for number in range(size)]

        def before_post(count):
            if count == 0:
                lock(locking, table)
                receiver.ahead = 1_000.0

        with PinpointUsers("app", transport=receiver, concurrency=2) as pinpoint:
            pinpoint.send(MESSAGE, ["first"], journal=place)
            receiver.got.clear()
            receiver.before_post = before_post
            began = time.monotonic()
            with stopped_by(DeadlineExceededError) as caught:
                pinpoint.send(MESSAGE, users, journal=place, deadline=100.0)
            assert time.monotonic() - began < postgres.PATIENCE, "it waited for the lock"
            report = caught.value.report
            assert list(report.users) == users
            successful = {user_id for user_id, user in report.users.items() if user.outcome is Outcome.SUCCESSFUL}
            unknown = {user.user_id for user in report.unknown}
            assert successful <= set(receiver.got) <= successful | unknown
            assert receiver.got
            locking.rollback()
            receiver.before_post = None
            again = pinpoint.send(MESSAGE, users, journal=place)
        assert set(receiver.got.values()) == {1}
        assert again.counts[Outcome.SUCCESSFUL] + again.counts[Outcome.UNKNOWN] == size

    def test_that_cannot_be_written_down_in_time_does_not_go_out(self, place, receiver, locking, monkeypatch):
        write = postgres.PostgresJournal.write

        def write_late(journal, *what):
            lock(locking, "users")
            receiver.ahead = 1_000.0
            (driver,) = pinpoint._drivers.values()
            driver._pool.wake()  # as the clock does that nobody sets forward
            write(journal, *what)

        with PinpointUsers("app", transport=receiver) as pinpoint:
            pinpoint.send(MESSAGE, ["first"], journal=place)
            with monkeypatch.context() as once, stopped_by(DeadlineExceededError) as caught:
                once.setattr(postgres.PostgresJournal, "write", write_late)
                pinpoint.send(MESSAGE, ["u-1"], journal=place, deadline=100.0)
            assert caught.value.report.users["u-1"].outcome is Outcome.NOT_SENT
            assert list(receiver.got) == ["first"]
            locking.rollback()
