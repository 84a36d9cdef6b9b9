"""Clients that share a journal: each tells of all of its users, and of two that have the same one only one sends to it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import threading
from unittest import mock

import pytest
from journal.journals import result
from postgres_server import PostgresServer
from stopping import stopped_by

from pinpoint_users import (
    AsyncPinpointUsers,
    InHandError,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    SendReport,
    StoppedError,
    ValidationError,
    read_counts,
    read_report,
)
from pinpoint_users._journal import lease, postgres
from pinpoint_users._journal.opening import open_journal
from pinpoint_users._requests.prepared import Given, Preparation
from pinpoint_users._run import held

psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")

USERS = [f"u-{number}" for number in range(350)]


@pytest.fixture
def journal(postgres_server):
    return Journal(postgres_server.new_url(), run="parcels")


@pytest.fixture
def other(journal, message):
    """Another worker, which has nobody in hand yet."""
    content = Preparation(None).prepare(Given(message)).content()
    worker = open_journal(journal, application_id="app", content=content)
    yield worker
    worker.close()


@pytest.fixture(autouse=True)
def _asks_soon(monkeypatch):
    monkeypatch.setattr(held, "_ASKED_AGAIN_AFTER", 0.01)


class OneByOne:
    """Users of whom the last one is read once something has happened."""

    def __init__(self, users, is_time):
        self.users, self.is_time = users, is_time

    def __iter__(self):
        yield from self.users[:-1]
        self.is_time()
        yield self.users[-1]


def deliver(worker, user_ids):
    worker.write([], [result(user_id) for user_id in user_ids])


@pytest.fixture
def when_asked_again(monkeypatch):
    """Does something before a run asks again for users whom another worker has, the first time."""

    def prepare(do):
        todo, take = [do], held.Held.take

        def taken(users):
            if users and todo:
                todo.pop()()
            return take(users)

        monkeypatch.setattr(held.Held, "take", taken)

    return prepare


def test_users_of_another_worker_are_waited_for(service, message, journal, other, when_asked_again):
    other.look_up(USERS[100:150])
    other.write([], in_flight=USERS[100:150])
    when_asked_again(lambda: deliver(other, USERS[100:150]))
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, USERS, journal=journal)
    assert report.counts[Outcome.SUCCESSFUL] == 350
    assert sum(service.user_counts) == 300
    assert list(report.users) == USERS
    assert report.duplicates == ()


def test_users_of_a_worker_that_is_lost_are_taken_over(service, message, journal, other, when_asked_again):
    other.look_up(["u-1", "u-2"])
    other.write([], in_flight=["u-2"])
    when_asked_again(other.close)
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, USERS[:5], journal=journal)
    assert report.users["u-1"].outcome is Outcome.SUCCESSFUL
    assert report.users["u-2"].outcome is Outcome.UNKNOWN
    assert sum(service.user_counts) == 4
    assert read_report(journal).counts == report.counts


def test_users_of_another_worker_are_unknown_to_a_run_that_stops(service, message, journal, other, when_asked_again):
    other.look_up(["u-1"])
    with PinpointUsers("app", transport=service) as pinpoint, stopped_by(StoppedError) as caught:
        when_asked_again(threading.Thread(target=pinpoint.close).start)
        pinpoint.send(message, ["u-0", "u-1"], journal=journal)
    report = caught.value.report
    assert report.users["u-0"].outcome is Outcome.SUCCESSFUL
    assert report.users["u-1"].outcome is Outcome.UNKNOWN
    assert isinstance(report.users["u-1"].error, InHandError)
    assert "another worker with this journal has this user in hand" in str(report.users["u-1"].error)


def test_no_further_users_are_taken_in_while_too_many_are_waited_for(service, message, journal, other, when_asked_again):
    other.look_up(USERS[:200])
    sent = []
    when_asked_again(lambda: [sent.extend(service.user_counts), other.close()])
    with mock.patch.object(held, "_MAX_HELD", 100), PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        assert pinpoint.send(message, USERS, journal=journal).counts[Outcome.SUCCESSFUL] == 350
    assert sent == []
    assert sum(service.user_counts) == 350


def test_a_run_whose_lease_is_lost_stops_before_its_next_request(service, message, journal, monkeypatch):
    """What stands for a laptop that was shut: another worker finds that the lease is over."""

    def is_lost():
        with psycopg.connect(journal.path, autocommit=True) as connection:
            connection.execute("UPDATE pinpoint_journal_workers SET is_over = true")

    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(JournalError) as caught:
        pinpoint.send(message, OneByOne(USERS, is_lost), journal=journal)
    assert "wasn't heard of for 30 s" in str(caught.value.reason)
    report = caught.value.report
    assert len(report.users) == 350
    assert service.user_counts.count(50) == 0
    for user_id in USERS[300:]:
        assert report.users[user_id].outcome in {Outcome.NOT_SENT, Outcome.UNKNOWN}


def test_a_server_that_stays_away_stops_the_run_and_nobody_is_sent_to_who_is_not_written_down(service, message, monkeypatch):
    monkeypatch.setattr(postgres, "PATIENCE", 0.05)
    with PostgresServer.started() as server, PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        journal = Journal(server.new_url(), run="parcels")
        with stopped_by(JournalError) as caught:
            pinpoint.send(message, OneByOne(USERS, server.stop), journal=journal)
        first = caught.value.report
        sent_first = sum(service.user_counts)
        server.start()
        assert read_counts(journal)[Outcome.UNKNOWN] + read_counts(journal)[Outcome.SUCCESSFUL] >= sent_first
        last = pinpoint.send(message, USERS, journal=journal)
    assert len(first.users) == len(last.users) == 350
    assert first.counts[Outcome.SUCCESSFUL] + first.counts[Outcome.UNKNOWN] >= sent_first
    assert last.counts[Outcome.UNKNOWN] + last.counts[Outcome.SUCCESSFUL] == 350
    assert sum(service.user_counts) <= 350


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_goes_on_with_the_client_as_a_worker_of_its_own(service, message, journal):
    with PinpointUsers("app", transport=service) as pinpoint:
        pinpoint.send(message, USERS[:100], journal=journal)

        def child():
            report = pinpoint.send(message, USERS[:200], journal=journal)
            os._exit(0 if report.counts[Outcome.SUCCESSFUL] == 200 and sum(service.user_counts) == 200 else 1)

        process = multiprocessing.get_context("fork").Process(target=child)
        process.start()
        process.join()
        assert process.exitcode == 0
        assert pinpoint.send(message, USERS, journal=journal).counts[Outcome.SUCCESSFUL] == 350
    assert sum(service.user_counts) == 250


def test_it_works_from_asyncio(service, message, journal):
    async def main():
        async with AsyncPinpointUsers("app", transport=service) as pinpoint:
            first = await pinpoint.send(message, USERS, journal=journal)
            results = [result async for result in pinpoint.stream(message, USERS, journal=journal)]
        return first, results

    first, results = asyncio.run(main())
    assert first.counts[Outcome.SUCCESSFUL] == len(results) == 350
    assert sum(service.user_counts) == 350


class TestReports:
    @pytest.fixture(params=["file", "postgres"])
    def of_any_kind(self, request, tmp_path):
        if request.param == "file":
            return Journal(tmp_path / "run.db")
        return request.getfixturevalue("journal")

    def test_tell_what_the_next_run_would(self, service, message, of_any_kind):
        with PinpointUsers("app", transport=service) as pinpoint:
            pinpoint.send(message, USERS, journal=of_any_kind)
            again = pinpoint.send(message, USERS, journal=of_any_kind)
        report = read_report(of_any_kind)
        assert report == SendReport(users=again.users)
        assert read_counts(of_any_kind) == again.counts

    def test_are_of_a_journal_that_is_there(self, of_any_kind, tmp_path):
        for read in (read_report, read_counts):
            with pytest.raises(JournalError, match=r"there is no journal|there is no such run: no run has begun"):
                read(of_any_kind)
            with pytest.raises(ValidationError, match="journal: must be a Journal, not str"):
                read("run.db")
        assert list(tmp_path.iterdir()) == []

    def test_are_of_a_run_that_has_begun(self, journal, other):
        with pytest.raises(JournalError, match="there is no such run: see that its name is spelt"):
            read_counts(Journal(journal.path, run="letters"))


def test_a_lease_is_longer_than_a_run_waits_for_a_server():
    assert postgres.PATIENCE <= lease.SECONDS / 2
