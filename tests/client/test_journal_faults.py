"""Journals that are refused, that can't be read or written, and that are let go of."""

from __future__ import annotations

import itertools
import resource
import threading
from pathlib import Path

import pytest
from client.journals import of_a_file
from stopping import stopped_by

from pinpoint_users import GCMMessage, Journal, JournalError, Outcome, PinpointUsers, RunStoppedError, ValidationError
from pinpoint_users._journal.file import JournalFile

LONG = [f"user-with-quite-a-long-name-{number}" for number in range(3_000)]


@of_a_file
def test_nobody_is_read_any_more_while_the_journal_is_let_go_of(service, message, journal, monkeypatch):
    is_closing, is_read, close = threading.Event(), threading.Event(), JournalFile.close

    def slowly(file):
        is_closing.set()
        is_read.wait(0.1)
        close(file)

    def endless():
        for number in itertools.count():
            if is_closing.is_set():
                is_read.set()
            yield f"u-{number}"

    monkeypatch.setattr(JournalFile, "close", slowly)
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        stream = pinpoint.stream(message, endless(), journal=journal)
        outcomes = {next(stream).outcome}
        stream.stop()
        outcomes |= {result.outcome for result in stream}
    assert outcomes <= {Outcome.SUCCESSFUL, Outcome.NOT_SENT}
    assert not is_read.is_set()


class TestRefused:
    def test_another_message(self, service, send, message, journal):
        send(["a"])
        other = message.to_builder().gcm_message(GCMMessage(body="hello")).build()
        with pytest.raises(JournalError, match=r"run\.db|run 'parcels'"):
            send(["a"], message=other)
        assert len(service.requests) == 1
        forced = Journal(journal.path, run=journal.run, force=True)
        assert send(["a", "b"], message=other, journal=forced).counts[Outcome.SUCCESSFUL] == 2
        assert service.user_counts == [1, 1]

    def test_another_application(self, service, message, journal, send):
        send(["a"])
        with PinpointUsers("other", transport=service) as pinpoint, pytest.raises(JournalError):
            pinpoint.stream(message, ["a"], journal=journal)

    @of_a_file
    def test_two_runs_at_a_time(self, service, message, journal, send):
        with PinpointUsers("app", transport=service) as pinpoint:
            endless = (f"u-{number}" for number in itertools.count())
            with pinpoint.stream(message, endless, journal=journal) as stream:
                next(stream)
                with pytest.raises(JournalError):
                    send(["a"])
            assert send(["a"]).counts[Outcome.SUCCESSFUL] == 1

    @pytest.mark.parametrize("journal", ["run.db", 5])
    def test_what_is_no_journal(self, service, send, journal):
        with pytest.raises(ValidationError, match="journal: must be a Journal"):
            send(journal=journal)
        assert service.requests == []


@of_a_file
class TestAFileThatCannotBeRead:
    def test_leaves_unknown_who_may_have_been_sent_to_before(self, service, message, journal):
        users = [f"{number:0200}" for number in range(33_000)]  # more than are kept in memory
        with PinpointUsers("app", transport=service) as pinpoint:
            assert sum(1 for _ in pinpoint.stream(message, users, journal=journal)) == len(users)
            before = len(service.requests)
            stream = pinpoint.stream(message, iter(users), journal=journal)
            with Path(journal.path).open("r+b") as file:
                size = file.seek(0, 2)
                file.seek(0)
                file.write(b"\xff" * size)
            with stopped_by(JournalError) as caught:
                list(stream)
        report = caught.value.report
        assert report.counts[Outcome.UNKNOWN] == len(report.users) > 0
        assert all(isinstance(user.error, JournalError) for user in report.users.values())
        assert len(service.requests) == before


@of_a_file
class TestAFullDisk:
    @pytest.fixture
    def full(self):
        """Lets files grow no further than this, in bytes."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    @pytest.mark.parametrize("size", [0, 200, 3_000, 10_000, 20_000])
    def test_stops_the_run_with_everybody_accounted_for(self, service, send, full, size):
        full(size)
        with pytest.raises((JournalError, RunStoppedError)) as caught:
            send(LONG)
        full(2**40)
        if isinstance(caught.value, JournalError):  # not even an empty one has room
            assert service.requests == []
            return
        assert isinstance(caught.value.reason, JournalError)
        report = caught.value.report
        assert len(report.users) == 3_000
        for user in report.users.values():
            got = {endpoint for endpoint in (f"{user.user_id}-1", f"{user.user_id}-2") if endpoint in service.delivered}
            assert user.outcome in {Outcome.SUCCESSFUL, Outcome.NOT_SENT, Outcome.UNKNOWN}
            assert len(got) == (2 if user.outcome is Outcome.SUCCESSFUL else 0)

    def test_is_no_loss_once_there_is_room_again(self, service, send, full):
        full(20_000)
        with stopped_by(JournalError):
            send(LONG)
        full(2**40)
        report = send(LONG)
        assert report.counts[Outcome.SUCCESSFUL] + report.counts[Outcome.UNKNOWN] == 3_000
        assert set(service.delivered.values()) == {1}
