"""A journal in PostgreSQL behind a pooler, which may give each transaction another session, and each session to others."""

from __future__ import annotations

import threading

import pytest
from journal.journals import done, in_flight
from pooler import pooler_of

from pinpoint_users import Journal, JournalError, Outcome, RateLimit, _postgres, read_counts, read_report
from pinpoint_users._journal.opening import open_journal as opened
from pinpoint_users._rate_stores.opening import open_store
from pinpoint_users.directory import PostgresDirectory

psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")

USERS = [f"u-{number}" for number in range(300)]
SETTINGS = ("jit", "lock_timeout", "statement_timeout", "application_name")


@pytest.fixture
def kind():
    return "postgres"


@pytest.fixture
def pooled_url(postgres_server):
    """The URL of an empty database behind a pooler whose sessions are a transaction's."""
    with pooler_of(postgres_server, "transaction") as port:
        yield f"postgresql://test@127.0.0.1:{port}/{postgres_server.new_name()}"


def settings_of(url):
    with psycopg.connect(url, autocommit=True) as connection:
        return [connection.execute(f"SHOW {name}").fetchone() for name in SETTINGS]


def test_workers_share_a_journal_through_it(pooled_url):
    before = settings_of(pooled_url)
    place = Journal(pooled_url, run="parcels")
    barrier, taken, faults = threading.Barrier(4), [], []

    def work():
        try:
            journal = opened(place, application_id="app", content=b"hello")
            barrier.wait(timeout=60)
            for start in range(0, len(USERS), 60):
                batch = USERS[start : start + 60]
                known = journal.look_up(batch)
                mine = [user_id for user_id in batch if user_id not in known]
                journal.write([], in_flight=mine)
                taken.extend(mine)
                journal.write([done(user_id) for user_id in mine])
            journal.close()
        except JournalError as error:
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert sorted(taken) == sorted(USERS)
    assert sum(read_counts(place).values()) == len(read_report(place).users) == len(USERS)
    assert settings_of(pooled_url) == before, "others get a session in which something is set"


def test_nothing_else_leaves_something_behind_in_it(pooled_url):
    before = settings_of(pooled_url)
    with PostgresDirectory(pooled_url) as directory:
        for _ in range(7):  # from the sixth time on, psycopg would prepare the statement
            assert directory.endpoints_of(["u-1"]) == {}
    store = open_store(RateLimit.shared(pooled_url).url)
    assert store.replace("key", None, "state")
    assert store.read("key")[0] == "state"
    store.close()
    assert settings_of(pooled_url) == before
    with psycopg.connect(pooled_url) as connection:
        assert connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_one_whose_sessions_are_a_statement_s_is_refused(postgres_server):
    with (
        pooler_of(postgres_server, "statement") as port,
        pytest.raises(JournalError, match=r"can't be opened .*transaction"),
    ):
        opened(
            Journal(f"postgresql://test@127.0.0.1:{port}/{postgres_server.new_name()}", run="r"),
            application_id="app",
            content=b"",
        )


def test_what_is_prepared_may_be_gone_behind_another_process_number(open_journal, place, monkeypatch):
    """What tells a pooler: the session's process isn't the one that the connection was told of."""
    monkeypatch.setattr(_postgres, "_BACKEND", "SELECT 0")
    journal = open_journal()
    journal.look_up(["u-1"])
    journal._connection.use(lambda connection: connection.execute("DISCARD ALL"))
    assert journal.look_up(["u-1"]) == {}
    journal.write([in_flight("u-1")])
    assert journal._connection.use(lambda connection: connection.execute("SHOW lock_timeout").fetchone()) == ("0",)
    assert read_counts(place)[Outcome.UNKNOWN] == 1
