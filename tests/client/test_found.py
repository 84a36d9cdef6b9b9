"""What was found while the fault table was made."""

from __future__ import annotations

import itertools
import sys

import pytest
from stopping import stopped_by

from pinpoint_users import ConnectionLostError, Journal, Outcome, PinpointUsers, RetryPolicy, RunInterrupted, UsersError
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
