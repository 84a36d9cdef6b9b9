"""The logger `pinpoint_users`: one record for what happened, its facts in fields."""

from __future__ import annotations

import logging
import threading
from collections import Counter

import pytest
from stopping import stopped_by

from pinpoint_users import AccessDeniedError, PinpointUsers, ReadTimeoutError, ThrottledError


@pytest.fixture
def records(caplog):
    caplog.set_level(logging.DEBUG, logger="pinpoint_users")
    return lambda: [record for record in caplog.records if record.name == "pinpoint_users"]


def shown(record, *fields):
    return (record.levelname, record.event, *(getattr(record, field) for field in fields))


def test_a_run_begins_asks_and_ends(service, message, records):
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        pinpoint.send(message, [f"u-{number}" for number in range(150)])
    first, *answers, last = records()
    assert shown(first, "application_id") == ("INFO", "run_started", "app")
    assert [shown(record, "operation", "attempt", "users", "throttled") for record in answers] == [
        ("DEBUG", "request_answered", "SendUsersMessages", 1, 100, 0),
        ("DEBUG", "request_answered", "SendUsersMessages", 1, 50, 0),
    ]
    assert all(record.seconds == 0.0 for record in answers)
    assert shown(last, "requests", "seconds") == ("INFO", "run_ended", 2, 0.0)


def test_a_failure_is_told_without_its_text(service, message, records):
    throttled = ThrottledError("private", status_code=429, code="TooMany", request_id="r", retry_after=0.5)
    service.failures = [throttled, ReadTimeoutError("private")]
    with PinpointUsers("app", transport=service) as pinpoint:
        pinpoint.send(message, ["a"])
    first, second = [record for record in records() if record.event == "request_failed"]
    fields = ("operation", "attempt", "users", "error", "sent", "status_code", "code", "request_id")
    assert shown(first, *fields)[2:] == ("SendUsersMessages", 1, 1, "ThrottledError", "NOT_SENT", 429, "TooMany", "r")
    assert shown(second, *fields)[2:] == ("SendUsersMessages", 2, 1, "ReadTimeoutError", "PERHAPS_SENT", None, None, None)
    assert (first.retry_after, second.retry_after) == (0.5, None)
    assert "private" not in "".join(record.getMessage() for record in records())


def test_what_stops_a_run_is_told_once(service, message, records):
    service.failures = [AccessDeniedError("403", status_code=403)] * 9
    with PinpointUsers("app", transport=service) as pinpoint, stopped_by(AccessDeniedError):
        pinpoint.send(message, [f"u-{number}" for number in range(900)])
    (stopped,) = [record for record in records() if record.event == "run_stopped"]
    assert shown(stopped, "error", "status_code") == ("ERROR", "run_stopped", "AccessDeniedError", 403)
    assert records()[-1].event == "run_ended"


def test_the_end_is_told_last(service, message, records):
    """Even if the record of what stopped the run takes its time."""
    has_ended = threading.Event()

    def hold(record):
        if record.event == "run_stopped":
            has_ended.wait(0.3)
        elif record.event == "run_ended":
            has_ended.set()
        return True

    logger = logging.getLogger("pinpoint_users")
    logger.addFilter(hold)
    service.failures = [AccessDeniedError("403", status_code=403)] * 9
    try:
        with PinpointUsers("app", transport=service) as pinpoint, stopped_by(AccessDeniedError):
            pinpoint.send(message, [f"u-{number}" for number in range(900)])
    finally:
        logger.removeFilter(hold)
    events = [record.event for record in records()]
    assert events.count("run_stopped") == events.count("run_ended") == 1
    assert events[-1] == "run_ended"


def test_a_handler_that_raises_changes_no_outcome(new_service, message, records, capsys):
    """Nor does it stop the run; Python is told as of an error in a destructor."""

    class Broken(logging.Handler):
        def emit(self, record):
            raise ZeroDivisionError(record.event)

    def results():
        service = new_service()
        service.failures = [ThrottledError("429"), ReadTimeoutError("late"), None, AccessDeniedError("403")]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(AccessDeniedError) as caught:
            pinpoint.send(message, [f"u-{number}" for number in range(900)])
        users = caught.value.report.users.values()
        return [(user.user_id, user.outcome, user.attempts, type(user.error)) for user in users], len(service.requests)

    expected = results()
    assert expected[1] == 4
    broken, logger = Broken(logging.DEBUG), logging.getLogger("pinpoint_users")
    capsys.readouterr()
    logger.addHandler(broken)
    try:
        got = results()
    finally:
        logger.removeHandler(broken)
    assert Counter(got[0]) == Counter(expected[0])
    assert got[1] == expected[1]
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("ZeroDivisionError")]
    assert {line.partition(": ")[2] for line in told} == {record.event for record in records()}


def test_a_handler_that_would_end_the_program_costs_nobody_the_report(service, message, capsys):
    """In a thread of the client's there is no program to end, and the caller waits for this one."""

    class Ending(logging.Handler):
        def emit(self, record):
            if record.event != "run_started":
                raise SystemExit

    ending, logger = Ending(logging.DEBUG), logging.getLogger("pinpoint_users")
    logger.addHandler(ending)
    service.failures = [ThrottledError("429"), AccessDeniedError("403")]
    try:
        with PinpointUsers("app", transport=service) as pinpoint, stopped_by(AccessDeniedError) as caught:
            pinpoint.send(message, ["a"])
    finally:
        logger.removeHandler(ending)
    assert list(caught.value.report.users) == ["a"]
    assert capsys.readouterr().err.count("SystemExit") >= 4


def test_ctrl_c_in_a_handler_where_the_caller_is_is_raised(service, message):
    class Struck(logging.Handler):
        def emit(self, record):
            raise KeyboardInterrupt

    struck, logger = Struck(logging.INFO), logging.getLogger("pinpoint_users")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(struck)
    try:
        with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(KeyboardInterrupt):
            pinpoint.send(message, ["a"])
    finally:
        logger.removeHandler(struck)
        logger.setLevel(level)
    assert service.requests == []


def test_a_handler_that_raises_is_not_told_where_logging_tells_of_none(service, message, capsys, monkeypatch):
    class Broken(logging.Handler):
        def emit(self, record):
            raise ZeroDivisionError

    broken, logger = Broken(logging.WARNING), logging.getLogger("pinpoint_users")
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logger.addHandler(broken)
    service.failures = [ThrottledError("429")]
    try:
        with PinpointUsers("app", transport=service) as pinpoint:
            assert len(pinpoint.send(message, ["a"]).successful) == 1
    finally:
        logger.removeHandler(broken)
    assert capsys.readouterr().err == ""


def test_a_stream_that_is_closed_early_is_no_error(service, message, records):
    with PinpointUsers("app", transport=service) as pinpoint, pinpoint.stream(message, ["a"] * 900) as stream:
        next(stream)
    assert shown(next(record for record in records() if record.event == "run_stopped"), "error")[0] == "INFO"
    assert [record.event for record in records()].count("run_ended") == 1


def test_a_stream_that_has_ended_is_not_stopped_by_its_close(service, message, records):
    with PinpointUsers("app", transport=service) as pinpoint, pinpoint.stream(message, ["a"]) as stream:
        assert len(list(stream)) == 1
    assert [record.event for record in records()] == ["run_started", "request_answered", "run_ended"]
