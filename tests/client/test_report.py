"""What became of a run: a report of every user."""

from __future__ import annotations

import copy
import gc
import json
import pickle

import pytest
from stopping import stopped_by

from pinpoint_users import (
    AccessDeniedError,
    BadRequestError,
    FailureReason,
    Outcome,
    PinpointUsers,
    Sent,
    UndeliveredError,
    UserResult,
)


class TestReport:
    def test_counts_and_views_are_by_outcome(self, service, message):
        service.statuses = {
            "part-2": ["OPT_OUT"],
            "dup-1": ["DUPLICATE"],
            "fail-1": ["PERMANENT_FAILURE"],
            "fail-2": ["TEMPORARY_FAILURE"],
            "odd-1": ["TIMEOUT"],
            "odd-2": ["OPT_OUT"],
            "odd+1": ["TIMEOUT"],
            "slow-1": ["THROTTLED"] * 9,
            "slow-2": ["OPT_OUT"],
        }
        service.endpoints = lambda user: ["odd+1", "odd+2"] if user == "odd+" else [f"{user}-1", f"{user}-2"]
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["good", "part", "dup", "fail", "odd", "odd+", "slow"])
        outcomes = {user_id: str(user.outcome) for user_id, user in report.users.items()}
        assert outcomes == {
            "good": "SUCCESSFUL",
            "part": "PARTIAL",
            "dup": "SUCCESSFUL",
            "fail": "FAILED",
            "odd": "UNKNOWN",
            "odd+": "PARTIAL",
            "slow": "THROTTLED",
        }
        views = [report.successful, report.partial, report.failed, report.unknown, report.throttled, report.not_sent]
        assert [len(view) for view in views] == [2, 2, 1, 1, 1, 0]
        assert report.counts[Outcome.NOT_SENT] == 0
        assert {user.sent for user in report.partial} == {Sent.SENT}
        assert report.users["odd"].sent is Sent.PERHAPS_SENT
        assert report.users["fail"].sent is Sent.PERHAPS_SENT
        with pytest.raises(UndeliveredError, match="fail: FAILED after 1 attempt: fail-1 PERMANENT_FAILURE") as caught:
            report.raise_for_failures()
        assert caught.value.report is report

    def test_it_prints_as_something_to_read(self, service, message):
        service.statuses = {f"u-{number}-1": ["OPT_OUT"] for number in range(12)}
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, [f"u-{number}" for number in range(1_200)])
        lines = str(report).splitlines()
        assert lines[0] == "1,200 users: 1,188 SUCCESSFUL, 12 PARTIAL"
        assert lines[1] == "  u-0: PARTIAL after 1 attempt: u-0-1 OPT_OUT (429); u-0-2 SUCCESSFUL (200)"
        assert lines[-1] == "  … and 2 more that are not SUCCESSFUL"
        assert repr(report) == "<SendReport of 1,200 users: 1,188 SUCCESSFUL, 12 PARTIAL>"

    def test_its_dict_is_ready_for_logs_and_hides_addresses(self, service, message):
        service.failures = [BadRequestError("400")]
        with PinpointUsers("app", transport=service) as pinpoint:
            with stopped_by(BadRequestError) as caught:
                pinpoint.send(message, ["a"])
            report = pinpoint.send(message, ["a", "a"])
        refused = caught.value.report
        assert refused is not None
        assert json.loads(json.dumps(refused.to_dict()))["users"]["a"]["error"] == "BadRequestError: 400"
        logged = json.loads(json.dumps(report.to_dict()))
        assert logged["counts"]["SUCCESSFUL"] == 1
        assert logged["duplicates"] == ["a"]
        assert logged["request_ids"] == ["r-2"]
        assert logged["users"]["a"]["endpoints"]["a-1"]["Address"] == "+1…00"
        assert "+12065550100" not in repr(report.users["a"])


class TestUsersWhoseTurnHadNotCome:
    """They are kept alike, and told as any other: a hundred got it, a hundred were refused, and fifty had yet to go."""

    @pytest.fixture
    def report(self, service, message):
        service.failures = [None, AccessDeniedError("expired")]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(AccessDeniedError) as caught:
            pinpoint.send(message, [f"u-{number}" for number in range(250)])
        self.reason = caught.value.reason
        return caught.value.report

    def test_are_not_sent_for_the_reason_of_the_run(self, report):
        user = report.users["u-249"]
        assert user == UserResult(user_id="u-249", outcome=Outcome.NOT_SENT)
        assert user.error is self.reason
        assert (user.sent, user.reason, user.is_fine()) == (Sent.NOT_SENT, FailureReason.CONFIGURATION, False)
        assert (user.retired, user.renewed) == ((), ())
        assert str(user) == "u-249: NOT_SENT after 0 attempts: AccessDeniedError: expired"

    def test_are_in_every_view(self, report):
        assert [*report.users] == [f"u-{number}" for number in range(250)]
        assert (report.counts[Outcome.SUCCESSFUL], report.counts[Outcome.NOT_SENT]) == (100, 150)
        assert [user.user_id for user in report.not_sent] == [f"u-{number}" for number in range(100, 250)]
        assert len(report.successful) == 100
        views = [report.partial, report.failed, report.throttled, report.unknown]
        assert [*views, report.maybe_duplicated, report.retired, report.renewed] == [()] * 7
        assert report.to_dict()["users"]["u-249"]["error"] == "AccessDeniedError: expired"
        lines = str(report).splitlines()
        assert lines[0] == "250 users: 100 SUCCESSFUL, 150 NOT_SENT"
        assert lines[-1] == "  … and 140 more that are not SUCCESSFUL"

    def test_are_failures(self, report):
        with pytest.raises(UndeliveredError) as caught:
            report.raise_for_failures()
        assert caught.value.sent is Sent.PERHAPS_SENT
        report.raise_for_failures(ignore=["CONFIGURATION"])

    def test_are_the_same_in_a_copy(self, report):
        for another in (copy.copy(report), copy.deepcopy(report), pickle.loads(pickle.dumps(report))):
            assert another == report
            assert hash(another.users) == hash(report.users)
            assert another.users == dict(report.users)
            assert str(another.users["u-249"].error) == "expired"

    def test_take_the_garbage_collector_no_longer_the_more_they_are(self, service, message):
        tracked, users = [], [f"u-{number}" for number in range(5_000)]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            pinpoint.send(message, ["u-0"])  # which imports what a run needs
            service.before_post = lambda _number: tracked.append(len(gc.get_objects()))
            service.failures = [AccessDeniedError("expired")]
            before = len(gc.get_objects())
            with stopped_by(AccessDeniedError) as caught:
                pinpoint.send(message, users)
            tracked.append(len(gc.get_objects()))
        assert len(caught.value.report.users) == len(users)
        assert max(tracked) - before < 2_000
