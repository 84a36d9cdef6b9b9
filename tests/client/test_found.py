"""What the fault table's chaos row has found and isn't mended yet."""

from __future__ import annotations

import itertools

import pytest

from pinpoint_users import ConnectionLostError, Journal, Outcome, PinpointUsers, RetryPolicy


@pytest.mark.xfail(
    strict=True,
    reason="what is in flight for the second time is written to the journal as in flight, without that it may be a duplicate",
)
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
