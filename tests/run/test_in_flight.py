"""The requests that are out, and until when they are waited for."""

from __future__ import annotations

from run.machine_of_core import NOTHING, PREPARED

from pinpoint_users import ConnectionFailedError, ReadTimeoutError, Sent
from pinpoint_users._routes.users_messages import UsersMessages
from pinpoint_users._run.in_flight import InFlight


def test_those_that_were_out_while_the_process_stood_still_have_so_much_more_time():
    in_flight = InFlight(10.0)
    job = UsersMessages(PREPARED.encoder).first_attempt({"u-1": NOTHING})
    in_flight.add(job, 0.0)
    job.departure.proceed(may_be_out=True)
    in_flight.postpone(5.0)
    assert in_flight.until == 15.0
    assert not in_flight.overdue(14.9, at_once=False)
    ((given_up, error),) = in_flight.overdue(15.0, at_once=False)
    assert given_up is job
    assert isinstance(error, ReadTimeoutError)


def test_of_those_that_are_given_up_before_they_are_out_nothing_was_sent():
    in_flight = InFlight(10.0)
    job = UsersMessages(PREPARED.encoder).first_attempt({"u-1": NOTHING})
    in_flight.add(job, 0.0)
    ((_, error),) = in_flight.overdue(5.0, at_once=True)
    assert isinstance(error, ConnectionFailedError)
    assert error.sent is Sent.NOT_SENT
    assert not job.departure.proceed(may_be_out=True)
