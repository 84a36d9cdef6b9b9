"""RetryPolicy(on_unknown=…): at most once unless at least once is asked for, and then who may have got it twice is told."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users import (
    ConnectionLostError,
    Outcome,
    PinpointUsers,
    ReadTimeoutError,
    RetryPolicy,
    Sent,
    ServiceError,
    ThrottledError,
    UnreadableResponseError,
)

RESEND = RetryPolicy(on_unknown="resend")


def without(*user_ids):
    return lambda answer: {**answer, "Result": {key: value for key, value in answer["Result"].items() if key not in user_ids}}


def once(change):
    """The change to the first answer alone."""
    changes = [change]

    def changed(answer):
        return changes.pop()(answer) if changes else answer

    return changed


@pytest.mark.parametrize(
    "failure", [ReadTimeoutError("late"), ConnectionLostError("reset"), ServiceError("503"), UnreadableResponseError("html")]
)
class TestALostRequest:
    def test_goes_again_if_asked_for(self, service, message, failure):
        service.failures = [failure]
        with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
            report = pinpoint.send(message, ["a", "b"])
        assert service.user_counts == [2, 2]
        assert report.counts[Outcome.SUCCESSFUL] == 2
        assert [user.user_id for user in report.maybe_duplicated] == ["a", "b"]
        assert report.users["a"].attempts == 2
        assert report.users["a"].error is None

    def test_stays_unknown_after_the_last_attempt(self, service, message, failure):
        service.failures = [failure] * 9
        with PinpointUsers("app", transport=service, retry=RetryPolicy(on_unknown="resend", max_attempts=3)) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert service.user_counts == [1, 1, 1]
        assert (user.outcome, user.attempts, user.error) == (Outcome.UNKNOWN, 3, failure)
        assert user.maybe_duplicated

    def test_by_default_does_not_go_again(self, service, message, failure):
        service.failures = [failure]
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["a"])
        assert service.user_counts == [1]
        assert report.users["a"].outcome is Outcome.UNKNOWN
        assert not report.maybe_duplicated

    def test_holds_back_the_whole_run(self, service, message, failure):
        times = []
        service.before_post = lambda number: times.append(service.now)
        service.failures = [failure]
        policy = RetryPolicy(on_unknown="resend", base_delay=60.0, max_delay=60.0)
        with PinpointUsers("app", transport=service, retry=policy, concurrency=1) as pinpoint:
            pinpoint.send(message, [f"u-{number}" for number in range(200)])
        assert times[0] < times[1] == times[2]


def test_what_was_lost_once_is_never_said_to_be_not_sent(service, message):
    service.failures = [ReadTimeoutError("late")]
    service.statuses = {"a-1": ["PERMANENT_FAILURE"], "a-2": ["OPT_OUT"]}
    with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
        user = pinpoint.send(message, ["a"]).users["a"]
    assert user.outcome is Outcome.UNKNOWN
    assert user.sent is Sent.PERHAPS_SENT
    assert isinstance(user.error, ReadTimeoutError)
    assert user.endpoints["a-2"].delivery_status == "OPT_OUT"


def test_one_refused_after_it_was_lost_is_unknown_and_not_twice(service, message):
    service.failures = [ReadTimeoutError("late"), *[ThrottledError("429")] * 9]
    with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
        user = pinpoint.send(message, ["a"]).users["a"]
    assert (user.outcome, user.attempts) == (Outcome.UNKNOWN, 5)
    assert isinstance(user.error, ReadTimeoutError)
    assert not user.maybe_duplicated


def test_a_user_missing_from_the_answer_goes_again_alone(service, message):
    service.change = once(without("b"))
    with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
        report = pinpoint.send(message, ["a", "b", "c"])
    assert [list(request["Users"]) for _, request in service.requests] == [["a", "b", "c"], ["b"]]
    assert report.counts[Outcome.SUCCESSFUL] == 3
    assert [user.user_id for user in report.maybe_duplicated] == ["b"]


def spoilt(result):
    def change(answer):
        answer["Result"]["a"]["a-2"] = result
        return answer

    return once(change)


@pytest.mark.parametrize("result", [None, {"DeliveryStatus": 5}, {"DeliveryStatus": "TIMEOUT", "StatusCode": 504}])
class TestOneEndpointUnknown:
    def test_it_goes_again_alone(self, service, message, result):
        service.change = spoilt(result)
        with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert list(service.requests[1][1]["Endpoints"]) == ["a-2"]
        assert user.outcome is Outcome.SUCCESSFUL
        assert user.maybe_duplicated
        assert service.delivered == {"a-1": 1, "a-2": 2}

    def test_without_single_endpoints_the_user_goes_again(self, service, message, result):
        service.change = spoilt(result)
        with PinpointUsers("app", transport=service, retry=RetryPolicy(on_unknown="resend", scope="user")) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert service.operations == ["SendUsersMessages", "SendUsersMessages"]
        assert user.outcome is Outcome.SUCCESSFUL
        assert user.maybe_duplicated

    def test_its_failure_afterwards_does_not_say_that_it_was_not_sent(self, service, message, result):
        service.change = spoilt(result)
        service.statuses = {"a-1": ["OPT_OUT"], "a-2": ["SUCCESSFUL", "PERMANENT_FAILURE"]}
        with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert user.outcome is Outcome.UNKNOWN
        assert user.error is not None
        assert user.error.sent is Sent.PERHAPS_SENT

    def test_by_default_it_does_not_go_again(self, service, message, result):
        service.change = spoilt(result)
        with PinpointUsers("app", transport=service) as pinpoint:
            pinpoint.send(message, ["a"])
        assert len(service.requests) == 1


def test_a_lost_request_for_throttled_endpoints_goes_again(service, message):
    service.statuses = {"a-1": ["THROTTLED"], "b-1": ["THROTTLED", "THROTTLED"]}
    service.failures = [None, ConnectionLostError("reset")]
    with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
        report = pinpoint.send(message, ["a", "b", "c"])
    assert [sorted(request["Endpoints"]) for _, request in service.requests[1:]] == [["a-1", "b-1"], ["a-1", "b-1"], ["b-1"]]
    assert report.counts[Outcome.SUCCESSFUL] == 3
    assert [user.user_id for user in report.maybe_duplicated] == ["a", "b"]
    assert report.users["a"].attempts == 3


@pytest.mark.parametrize("scope", ["endpoint", "user"])
def test_what_was_throttled_before_is_no_longer_said_where_it_is_unknown(service, message, scope):
    service.statuses = {"a-1": ["THROTTLED"], "a-2": ["THROTTLED"]}
    service.failures = [None, ConnectionLostError("reset")]
    with PinpointUsers("app", transport=service, retry=RetryPolicy(scope=scope)) as pinpoint:
        user = pinpoint.send(message, ["a"]).users["a"]
    assert (user.outcome, user.attempts) == (Outcome.UNKNOWN, 2)
    assert not user.endpoints


@given(seed=st.integers(0, 2**32), count=st.integers(1, 250), scope=st.sampled_from(["endpoint", "user"]))
def test_every_endpoint_gets_it_and_those_that_get_it_twice_are_told(new_service, message, seed, count, scope):
    service, random = new_service(), Random(seed)
    users = [f"u-{number}" for number in range(count)]
    lost = ReadTimeoutError("late")

    def change(answer):
        if random.random() < 0.3:
            raise lost
        results = answer.get("Result", {})
        return {**answer, "Result": {user: results[user] for user in results if random.random() < 0.9}}

    service.change = change
    policy = RetryPolicy(on_unknown="resend", max_attempts=60, base_delay=0.0, scope=scope)
    service.statuses = {f"{user}-1": ["THROTTLED"] for user in users if random.random() < 0.2}
    with PinpointUsers("app", transport=service, retry=policy, concurrency=3) as pinpoint:
        report = pinpoint.send(message, users)
    twice = {endpoint_id.rsplit("-", 1)[0] for endpoint_id, times in service.delivered.items() if times > 1}
    assert twice <= {user.user_id for user in report.maybe_duplicated}
    for user in report.users.values():
        assert user.outcome is Outcome.SUCCESSFUL or (scope == "user" and user.outcome is Outcome.PARTIAL)
        told = {endpoint_id for endpoint_id, result in user.endpoints.items() if result.delivery_status == "SUCCESSFUL"}
        assert told <= service.delivered.keys()


def test_it_is_told_in_text_and_for_logs(service, message):
    service.failures = [ReadTimeoutError("late")]
    with PinpointUsers("app", transport=service, retry=RESEND) as pinpoint:
        report = pinpoint.send(message, ["a"])
    assert "may have got it twice" in str(report.users["a"])
    assert report.to_dict()["users"]["a"]["maybe_duplicated"] is True
