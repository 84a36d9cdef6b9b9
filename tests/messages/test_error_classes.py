"""Errors: one root, each with the builtin it is a kind of, three words for "was it sent", and all can be pickled."""

from __future__ import annotations

import copy
import pickle

import pytest

import pinpoint_users as p
from pinpoint_users import errors

NOT_SENT, PERHAPS_SENT = p.Sent.NOT_SENT, p.Sent.PERHAPS_SENT
REQUEST_ERRORS = {
    p.RequestError: (PERHAPS_SENT, Exception),
    p.ConfigurationError: (NOT_SENT, Exception),
    p.CredentialsError: (NOT_SENT, Exception),
    p.RegionError: (NOT_SENT, ValueError),
    p.AccessDeniedError: (NOT_SENT, PermissionError),
    p.ApplicationNotFoundError: (NOT_SENT, LookupError),
    p.BadRequestError: (NOT_SENT, ValueError),
    p.EndOfSupportError: (NOT_SENT, PermissionError),
    p.ThrottledError: (NOT_SENT, Exception),
    p.PayloadTooLargeError: (NOT_SENT, ValueError),
    p.ConnectionFailedError: (NOT_SENT, ConnectionError),
    p.ConnectionLostError: (PERHAPS_SENT, ConnectionError),
    p.ReadTimeoutError: (PERHAPS_SENT, TimeoutError),
    p.ServiceError: (PERHAPS_SENT, Exception),
    p.UnreadableResponseError: (PERHAPS_SENT, ValueError),
    p.MissingResultError: (PERHAPS_SENT, LookupError),
    p.InFlightError: (PERHAPS_SENT, Exception),
    p.InHandError: (PERHAPS_SENT, Exception),
}
PLAIN_ERRORS = {
    p.PinpointUsersError: NOT_SENT,
    p.UsersError: NOT_SENT,
    p.StoppedError: NOT_SENT,
    p.DirectoryError: NOT_SENT,
    p.JournalError: NOT_SENT,
    p.RateLimitError: NOT_SENT,
    p.RunNotFoundError: NOT_SENT,
    p.DeadlineExceededError: NOT_SENT,
    p.StalledError: NOT_SENT,
}
OTHER_ERRORS = {p.ValidationError, p.DirectoryError, p.UndeliveredError, p.RunStoppedError}
REPORT = p.SendReport(users={})
FAULTS = (p.Fault("body", "is too long"), p.Fault("", "takes keywords only"))


def copies_of(error):
    return [pickle.loads(pickle.dumps(error)), copy.copy(error)]


def test_every_error_is_in_these_tests():
    values = [getattr(p, name) for name in p.__all__] + list(vars(errors).values())
    found = {value for value in values if isinstance(value, type) and issubclass(value, BaseException)}
    assert found == {*REQUEST_ERRORS, *PLAIN_ERRORS, *OTHER_ERRORS, p.RunInterrupted, p.MessageWarning}


def test_the_tree_in_the_docstring_has_them_all():
    drawn = [line.split("+--")[-1].split()[0] for line in errors.__doc__.splitlines() if "Error  " in line]
    assert sorted(drawn) == sorted(cls.__name__ for cls in {*REQUEST_ERRORS, *PLAIN_ERRORS, *OTHER_ERRORS})


@pytest.mark.parametrize("cls", REQUEST_ERRORS, ids=lambda cls: cls.__name__)
def test_a_request_error_says_whether_it_was_sent_and_is_a_kind_of_its_builtin(cls):
    sent, builtin = REQUEST_ERRORS[cls]
    error = cls("what happened")
    assert isinstance(error, p.PinpointUsersError)
    assert isinstance(error, p.RequestError)
    assert isinstance(error, builtin)
    assert error.sent is sent
    assert (error.status_code, error.code, error.request_id) == (None, None, None)
    assert cls("x", sent=p.Sent.SENT).sent is p.Sent.SENT
    assert cls.sent is sent


@pytest.mark.parametrize("cls", REQUEST_ERRORS, ids=lambda cls: cls.__name__)
def test_a_request_error_can_be_pickled_with_all_it_knows(cls):
    error = cls("what happened", sent=p.Sent.SENT, status_code=429, code="TooManyRequestsException", request_id="r-1")
    for other in copies_of(error):
        assert type(other) is cls
        assert str(other) == str(error) == "what happened"
        assert vars(other) == vars(error)
        assert other.sent is p.Sent.SENT


@pytest.mark.parametrize("cls", PLAIN_ERRORS, ids=lambda cls: cls.__name__)
def test_a_plain_error_can_be_pickled(cls):
    error = cls("what happened")
    assert error.sent is PLAIN_ERRORS[cls]
    for other in copies_of(error):
        assert type(other) is cls
        assert str(other) == "what happened"


def test_a_journal_that_has_no_such_run_is_a_look_up_that_failed(tmp_path):
    with pytest.raises(LookupError) as caught:
        p.read_counts(p.Journal(tmp_path / "run.db"))
    assert type(caught.value) is p.RunNotFoundError


def test_an_undelivered_error_has_the_report():
    error = p.UndeliveredError("what happened", REPORT)
    assert isinstance(error, p.PinpointUsersError)
    assert error.report is REPORT
    for other in copies_of(error):
        assert type(other) is p.UndeliveredError
        assert str(other) == "what happened"
        assert other.report == REPORT


def test_a_run_that_stopped_has_the_report_and_the_reason():
    reason = p.AccessDeniedError("HTTP 403", status_code=403)
    error = p.RunStoppedError(REPORT, reason)
    assert isinstance(error, p.PinpointUsersError)
    assert error.report is REPORT
    assert error.reason is reason
    assert str(error) == "the run stopped: HTTP 403\nthe report has 0 users"
    for other in copies_of(error):
        assert type(other) is p.RunStoppedError
        assert str(other) == str(error)
        assert other.report == REPORT
        assert type(other.reason) is p.AccessDeniedError
        assert vars(other.reason) == vars(reason)


@pytest.mark.parametrize(
    ("outcomes", "sent"),
    [
        ([], NOT_SENT),
        (["NOT_SENT", "FAILED", "THROTTLED"], NOT_SENT),
        (["SUCCESSFUL", "PARTIAL"], p.Sent.SENT),
        (["UNKNOWN"], PERHAPS_SENT),
        (["SUCCESSFUL", "NOT_SENT"], PERHAPS_SENT),
    ],
)
def test_an_error_with_a_report_was_sent_as_its_users_were(outcomes, sent):
    users = {
        f"u-{number}": p.UserResult(user_id=f"u-{number}", outcome=p.Outcome(each)) for number, each in enumerate(outcomes)
    }
    report = p.SendReport(users=users)
    assert p.UndeliveredError("what happened", report).sent is sent
    assert p.RunStoppedError(report, p.StoppedError("closed")).sent is sent


def test_an_interruption_is_a_keyboard_interrupt_with_the_report():
    error = p.RunInterrupted(REPORT)
    assert isinstance(error, KeyboardInterrupt)
    assert not isinstance(error, Exception)
    assert str(error) == f"interrupted: {REPORT}"
    for other in copies_of(error):
        assert other.report == REPORT


def test_a_validation_error_has_its_faults():
    error = p.ValidationError("SMSMessage", FAULTS)
    assert isinstance(error, p.PinpointUsersError)
    assert isinstance(error, ValueError)
    assert error.sent is NOT_SENT
    assert error.faults == FAULTS
    assert str(error) == "SMSMessage has 2 faults:\n  body: is too long\n  takes keywords only"
    for other in copies_of(error):
        assert (other.subject, other.faults, str(other)) == ("SMSMessage", FAULTS, str(error))


def test_a_validation_error_of_one_fault_is_one_line():
    assert str(p.ValidationError("SMSMessage", FAULTS[:1])) == "SMSMessage: body: is too long"
    assert str(p.ValidationError("SMSMessage", iter(FAULTS[1:]))) == "SMSMessage: takes keywords only"


def test_an_error_shows_the_same_fault_in_a_few_places_and_others_too():
    faults = [p.Fault(f"users[{number}]", "is wrong") for number in range(1_000)] + [p.Fault("message", "is missing")]
    shown = str(p.ValidationError("it", faults)).splitlines()
    assert shown == [
        "it has 1,001 faults:",
        *(f"  users[{number}]: is wrong" for number in range(5)),
        "  message: is missing",
        "  … and 995 more",
    ]


def test_an_error_of_many_faults_shows_the_first_twenty_and_a_count():
    error = p.ValidationError("users", [p.Fault(f"users[{number}]", f"is wrong by {number % 500}") for number in range(1_000)])
    assert len(error.faults) == 1_000
    assert len(str(error).splitlines()) == 22
    assert str(error).endswith("users[19]: is wrong by 19\n  … and 980 more")
