"""What was found while the fault table was made."""

from __future__ import annotations

import errno
import itertools
import sys

import pytest
from stopping import stopped_by

from pinpoint_users import (
    ConnectionFailedError,
    ConnectionLostError,
    DeadlineExceededError,
    Journal,
    JournalError,
    Outcome,
    PayloadTooLargeError,
    PinpointUsers,
    PinpointUsersError,
    RequestError,
    RetryPolicy,
    RunInterrupted,
    Sent,
    StalledError,
    StoppedError,
    ThrottledError,
    UsersError,
)
from pinpoint_users._journal.file import JournalFile
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.threads import ThreadDriver

USERS = [f"u-{number}" for number in range(250)]


def test_killed_while_it_goes_again_after_an_unknown_outcome(service, message, tmp_path):
    path, killed = tmp_path / "run.db", tmp_path / "killed.db"
    resend, post, numbers = RetryPolicy(on_unknown="resend", max_attempts=2), service.post, itertools.count(1)

    def lose_the_answer(*request):
        post(*request)
        if next(numbers) == 2:
            killed.write_bytes(path.read_bytes())  # what a process leaves that is killed before the second answer
        raise ConnectionLostError("the connection broke; the message may have been sent all the same")

    service.post = lose_the_answer
    with PinpointUsers("app", transport=service, retry=resend) as pinpoint:
        pinpoint.send(message, ["u-1"], journal=Journal(path))
    service.post = post
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, ["u-1"], journal=Journal(killed))
    assert report.users["u-1"].outcome is Outcome.UNKNOWN
    assert set(service.delivered.values()) == {2}
    assert report.users["u-1"].maybe_duplicated


@pytest.mark.parametrize("place", [ThreadDriver.stop, RunCore.report, RunInterrupted.__init__])
def test_ctrl_c_strikes_again_while_the_first_is_handled_or_the_report_is_made(service, message, place):
    def users():
        yield from USERS
        raise KeyboardInterrupt

    def strike_again(frame, event, _arg):
        if event == "call" and frame.f_code is place.__code__:
            raise KeyboardInterrupt  # and Python calls this no more

    raised = None
    with PinpointUsers("app", transport=service) as pinpoint:
        sys.setprofile(strike_again)
        try:
            pinpoint.send(message, users())
        except KeyboardInterrupt as error:
            raised = error
        finally:
            sys.setprofile(None)
    assert isinstance(raised, RunInterrupted)
    assert list(raised.report.users) == USERS


def test_what_the_iterator_raised_is_not_overtaken_by_its_end(service, message):
    def users():
        raise ValueError
        yield

    with PinpointUsers("app", transport=service) as pinpoint:
        for _ in range(300):
            with stopped_by(UsersError):
                pinpoint.send(message, users())


@pytest.mark.parametrize("error", [ThrottledError, ConnectionFailedError, PayloadTooLargeError])
@pytest.mark.parametrize("on_unknown", ["report", "resend"])
def test_an_error_that_says_perhaps_sent_is_taken_at_its_word(service, message, error, on_unknown):
    post, numbers = service.post, itertools.count(1)

    def deliver_and_raise(*request):
        answer = post(*request)
        if next(numbers) == 1:
            raise error("whatever it is", sent=Sent.PERHAPS_SENT)
        return answer

    service.post = deliver_and_raise
    with PinpointUsers("app", transport=service, retry=RetryPolicy(on_unknown=on_unknown)) as pinpoint:
        report = pinpoint.send(message, ["a", "b"])
    times = 1 if on_unknown == "report" else 2
    assert set(service.delivered.values()) == {times}
    assert {user.outcome for user in report.users.values()} == {Outcome.UNKNOWN if times == 1 else Outcome.SUCCESSFUL}
    assert {user.maybe_duplicated for user in report.users.values()} == {times == 2}


@pytest.mark.parametrize("error", [PinpointUsersError, DeadlineExceededError, StalledError, JournalError, StoppedError])
def test_what_a_transport_raises_besides_is_no_proof_that_nothing_was_sent(service, message, error):
    post = service.post

    def deliver_and_raise(*request):
        post(*request)
        raise error("after delivery")

    service.post = deliver_and_raise
    with PinpointUsers("app", transport=service) as pinpoint, stopped_by(RequestError) as caught:
        pinpoint.send(message, ["a"])
    assert caught.value.report.users["a"].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("door", ["send", "stream"])
def test_a_journal_that_cannot_be_closed_holds_up_nobody(service, message, tmp_path, monkeypatch, door):
    """As on a network's disk; all of it has been written."""
    close = JournalFile.close

    def fail(self):
        close(self)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(JournalFile, "close", fail)
    with PinpointUsers("app", transport=service) as pinpoint:
        journal = Journal(tmp_path / "run.db")
        if door == "send":
            assert {*pinpoint.send(message, USERS, journal=journal).users} == {*USERS}
        else:
            assert {result.user_id for result in pinpoint.stream(message, USERS, journal=journal)} == {*USERS}
        pinpoint.send(message, ["u-1"]).raise_for_failures()
