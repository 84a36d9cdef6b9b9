"""What goes again is what was certainly not sent, after a wait, and nothing else."""

from __future__ import annotations

import weakref
import zlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stopping import stopped_by
from strategies import values_of

from pinpoint_users import (
    AccessDeniedError,
    ApplicationNotFoundError,
    BadRequestError,
    ConnectionFailedError,
    ConnectionLostError,
    CredentialsError,
    DeliveryStatus,
    EndpointSendConfiguration,
    MissingResultError,
    Outcome,
    PayloadTooLargeError,
    PinpointUsers,
    ReadTimeoutError,
    RequestError,
    RetryPolicy,
    Sent,
    ServiceError,
    ThrottledError,
)

SAY_NO = {
    "an endpoint is throttled": lambda service: service.statuses.update({"u-0-1": ["THROTTLED"]}),
    "all are throttled": lambda service: service.statuses.update(
        {f"u-{user}-{number}": ["THROTTLED"] for user in range(4) for number in (1, 2)}
    ),
    "the request is throttled": lambda service: service.failures.append(ThrottledError("429")),
    "it is too large": lambda service: service.failures.append(PayloadTooLargeError("413")),
}


@given(own=st.lists(values_of(EndpointSendConfiguration), min_size=1, max_size=4), why=st.sampled_from(sorted(SAY_NO)))
def test_what_goes_again_says_the_same(new_service, message, own, why):
    service = new_service()
    SAY_NO[why](service)
    users = {f"u-{number}": configuration for number, configuration in enumerate(own)}
    with PinpointUsers("app", transport=service) as pinpoint:
        pinpoint.send(message, users)
    for operation, request in service.requests:
        for recipient, said in request["Users" if operation == "SendUsersMessages" else "Endpoints"].items():
            user = recipient if operation == "SendUsersMessages" else recipient[: len("u-0")]
            assert said == users[user].to_dict()
    assert len(service.requests) > 1 or "{{" in str(service.requests) or (why, len(own)) == ("it is too large", 1)


def test_users_take_no_memory_while_the_answer_is_on_its_way(service, message):
    made, alive = [], []
    service.before_post = lambda _: alive.append(sum(configuration() is not None for configuration in made))

    def users():
        for number in range(50):
            own = EndpointSendConfiguration(body_override=f"for {number}")
            made.append(weakref.ref(own))
            yield f"u-{number}", own

    with PinpointUsers("app", transport=service) as pinpoint:
        assert len(list(pinpoint.stream(message, users()))) == 50
    assert alive == [0]


class TestThrottledEndpoints:
    def test_they_alone_go_again_with_their_users_configuration(self, service, message):
        service.statuses = {"a-2": ["THROTTLED", "THROTTLED"]}
        own = EndpointSendConfiguration(body_override="for a")
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, [("a", own), "b"], context={"k": "v"}, trace_id="t")
        assert service.operations == ["SendUsersMessages", "SendMessages", "SendMessages"]
        assert service.requests[1][1] == service.requests[2][1]
        assert service.requests[2][1] == {
            "Context": {"k": "v"},
            "MessageConfiguration": {"SMSMessage": {"Body": "hello"}},
            "TraceId": "t",
            "Endpoints": {"a-2": {"BodyOverride": "for a"}},
        }
        assert report.users["a"].outcome is Outcome.SUCCESSFUL
        assert (report.users["a"].attempts, report.users["b"].attempts) == (3, 1)
        assert set(service.delivered.values()) == {1}

    def test_they_are_given_up_after_the_last_attempt(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"] * 9}
        with PinpointUsers("app", transport=service, retry=RetryPolicy(max_attempts=3)) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert service.operations == ["SendUsersMessages", "SendMessages", "SendMessages"]
        assert user.outcome is Outcome.PARTIAL
        assert user.endpoints["a-1"].delivery_status.is_throttled
        assert user.attempts == 3

    def test_none_goes_again_where_one_attempt_is_allowed(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"], "a-2": ["THROTTLED"]}
        with PinpointUsers("app", transport=service, retry=RetryPolicy(max_attempts=1)) as pinpoint:
            assert pinpoint.send(message, ["a"]).users["a"].outcome is Outcome.THROTTLED
        assert len(service.requests) == 1

    def test_endpoints_of_the_same_id_of_two_users_go_in_separate_requests(self, service, message):
        service.endpoints = lambda user: ["phone"]
        service.statuses = {"phone": ["THROTTLED"] * 3}
        users = [(user, EndpointSendConfiguration(body_override=user)) for user in "abc"]
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, users)
        again = [
            request["Endpoints"]["phone"]["BodyOverride"]
            for operation, request in service.requests
            if operation == "SendMessages"
        ]
        assert sorted(again) == ["a", "b", "c"]
        assert report.counts[Outcome.SUCCESSFUL] == 3

    def test_a_request_holds_at_most_a_hundred_of_them(self, service, message):
        service.endpoints = lambda user: [f"{user}-{number}" for number in range(15)]
        users = [f"u-{number}" for number in range(20)]
        service.statuses = {endpoint: ["THROTTLED"] for user in users for endpoint in service.endpoints(user)}
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, users)
        assert [len(request["Endpoints"]) for _, request in service.requests[1:]] == [100, 100, 100]
        assert report.counts[Outcome.SUCCESSFUL] == 20
        assert len(service.delivered) == 300

    def test_the_empty_endpoint_id_never_goes_again(self, service, message):
        service.endpoints = lambda user: [""]
        service.statuses = {"": ["THROTTLED"]}
        with PinpointUsers("app", transport=service) as pinpoint:
            assert pinpoint.send(message, ["a"]).users["a"].outcome is Outcome.THROTTLED
        assert len(service.requests) == 1

    def test_a_lost_answer_leaves_them_unknown(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"], "b-1": ["THROTTLED"]}
        service.failures = [None, ReadTimeoutError("no answer")]
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["a", "b", "c"])
        assert [str(user.outcome) for user in report.users.values()] == ["UNKNOWN", "UNKNOWN", "SUCCESSFUL"]
        assert len(service.requests) == 2

    def test_a_user_in_two_lost_requests_comes_out_once(self, service, message):
        service.endpoints = lambda user: [f"{user}-{number}" for number in range(15)]
        users = [f"u-{number}" for number in range(7)]
        service.statuses = {endpoint: ["THROTTLED"] for user in users for endpoint in service.endpoints(user)}
        service.failures = [None, ReadTimeoutError("first"), ReadTimeoutError("second")]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            results = list(pinpoint.stream(message, users))
        assert sorted(result.user_id for result in results) == users
        assert {result.outcome for result in results} == {Outcome.UNKNOWN}
        assert {str(result.error) for result in results} == {"first"}

    def test_one_that_the_answer_leaves_out_is_unknown(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"], "a-2": ["THROTTLED"], "b-1": ["THROTTLED"]}
        service.change = lambda answer: (
            {**answer, "EndpointResult": {key: value for key, value in answer["EndpointResult"].items() if key != "a-1"}}
            if "EndpointResult" in answer
            else answer
        )
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["a", "b"])
        assert report.users["a"].outcome is Outcome.UNKNOWN
        assert "has no EndpointResult['a-1']" in str(report.users["a"].error)
        assert report.users["a"].endpoints["a-2"].delivery_status is DeliveryStatus.SUCCESSFUL
        assert report.users["b"].outcome is Outcome.SUCCESSFUL

    def test_a_refusal_of_their_request_is_retried_and_then_told(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"]}
        service.failures = [None, *[ThrottledError("429") for _ in range(9)]]
        with PinpointUsers("app", transport=service) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert service.operations == ["SendUsersMessages", *["SendMessages"] * 4]
        assert user.outcome is Outcome.PARTIAL
        assert isinstance(user.error, ThrottledError)

    def test_a_missing_permission_for_them_stops_the_run(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"]}
        service.failures = [None, AccessDeniedError("403")]
        with PinpointUsers("app", transport=service) as pinpoint, stopped_by(AccessDeniedError) as caught:
            pinpoint.send(message, ["a"])
        assert caught.value.report.users["a"].outcome is Outcome.PARTIAL

    def test_a_large_request_of_them_is_halved(self, service, message):
        users = [(f"u-{number}", EndpointSendConfiguration(body_override="x" * 1_000_000)) for number in range(6)]
        service.statuses = {f"{user}-{number}": ["THROTTLED"] for user, _ in users for number in (1, 2)}
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, users)
        assert report.counts[Outcome.SUCCESSFUL] == 6
        assert service.operations == ["SendUsersMessages", "SendMessages", "SendMessages"]
        assert set(service.delivered.values()) == {1}

    def test_other_statuses_go_again_if_asked_for(self, service, message):
        service.statuses = {"a-1": ["TEMPORARY_FAILURE"], "a-2": ["THROTTLED"]}
        policy = RetryPolicy(retry_statuses={DeliveryStatus.TEMPORARY_FAILURE})
        with PinpointUsers("app", transport=service, retry=policy) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert list(service.requests[1][1]["Endpoints"]) == ["a-1"]
        assert user.outcome is Outcome.PARTIAL

    @given(count=st.integers(1, 260), times=st.integers(0, 4), random=st.randoms(use_true_random=False))
    def test_every_endpoint_gets_it_once_however_many_are_throttled(self, new_service, message, count, times, random):
        service, share = new_service(), random.random()
        users = [f"u-{number}" for number in range(count)]
        endpoints = [f"{user}-{number}" for user in users for number in (1, 2)]
        service.statuses = {id_: ["THROTTLED"] * random.randint(0, times) for id_ in endpoints if random.random() < share}
        with PinpointUsers("app", transport=service, concurrency=3) as pinpoint:
            report = pinpoint.send(message, users)
        assert report.counts[Outcome.SUCCESSFUL] == count
        assert service.delivered == dict.fromkeys(endpoints, 1)


class TestScopeUser:
    def test_a_user_goes_again_only_if_all_endpoints_were_throttled(self, service, message):
        service.statuses = {"all-1": ["THROTTLED"], "all-2": ["THROTTLED"], "some-1": ["THROTTLED"]}
        with PinpointUsers("app", transport=service, retry=RetryPolicy(scope="user")) as pinpoint:
            report = pinpoint.send(message, ["all", "some", "none"])
        assert service.operations == ["SendUsersMessages", "SendUsersMessages"]
        assert list(service.requests[1][1]["Users"]) == ["all"]
        assert [str(user.outcome) for user in report.users.values()] == ["SUCCESSFUL", "PARTIAL", "SUCCESSFUL"]
        assert set(service.delivered.values()) == {1}

    def test_an_endpoint_that_was_named_before_must_be_named_again(self, service, message):
        def change(answer):
            if len(service.requests) == 2:
                del answer["Result"]["a"]["a-2"]
            return answer

        service.statuses = {"a-1": ["THROTTLED"], "a-2": ["THROTTLED"]}
        service.change = change
        with PinpointUsers("app", transport=service, retry=RetryPolicy(scope="user")) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert service.delivered == {"a-1": 1, "a-2": 1}
        assert user.outcome is Outcome.UNKNOWN
        assert isinstance(user.error, MissingResultError)

    def test_a_user_who_had_no_endpoints_may_have_some_later(self, service, message):
        def change(answer):
            if len(service.requests) == 1:
                answer["Result"]["a"] = {"": {"DeliveryStatus": "PERMANENT_FAILURE", "StatusCode": 400}}
            return answer

        service.change = change
        retry = RetryPolicy(scope="user", retry_statuses={"PERMANENT_FAILURE"})
        with PinpointUsers("app", transport=service, retry=retry) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert user.error is None


class TestRequests:
    @pytest.mark.parametrize("failure", [ThrottledError("429", status_code=429), ConnectionFailedError("refused")])
    def test_one_that_was_not_sent_goes_again(self, service, message, failure):
        service.failures = [failure, failure]
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["a", "b"])
        assert report.counts[Outcome.SUCCESSFUL] == 2
        assert report.users["a"].attempts == 3
        assert service.user_counts == [2, 2, 2]

    def test_one_that_is_refused_to_the_end_is_not_sent(self, service, message):
        service.failures = [ThrottledError("429")] * 9
        with PinpointUsers("app", transport=service) as pinpoint:
            user = pinpoint.send(message, ["a"]).users["a"]
        assert user.outcome is Outcome.NOT_SENT
        assert user.attempts == 5
        assert isinstance(user.error, ThrottledError)

    @pytest.mark.parametrize(
        "failure",
        [ReadTimeoutError("late"), ConnectionLostError("reset"), ServiceError("500", status_code=500), RequestError("odd")],
    )
    def test_one_that_may_have_been_sent_never_goes_again(self, service, message, failure):
        service.failures = [failure]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            report = pinpoint.send(message, [f"u-{number}" for number in range(101)])
        assert report.counts[Outcome.UNKNOWN] == 100
        assert report.counts[Outcome.SUCCESSFUL] == 1
        assert service.user_counts == [100, 1]
        assert report.users["u-0"].error is failure

    @pytest.mark.parametrize(
        "failure", [AccessDeniedError("403"), ApplicationNotFoundError("404"), BadRequestError("400"), CredentialsError("none")]
    )
    def test_one_that_all_would_share_the_fate_of_stops_the_run(self, service, message, failure):
        service.failures = [None, failure]
        users = [f"u-{number}" for number in range(1_000)]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(type(failure)) as caught:
            pinpoint.send(message, users)
        report = caught.value.report
        assert list(report.users) == users
        assert report.counts[Outcome.SUCCESSFUL] == 100
        assert report.counts[Outcome.NOT_SENT] == 900
        assert {user.error for user in report.not_sent} == {caught.value.reason} == {failure}
        assert len(service.requests) == 2

    def test_of_an_iterator_those_are_told_who_were_read(self, service, message):
        service.failures = [None, AccessDeniedError("403")]
        read = []

        def users():
            for number in range(1_000):
                read.append(f"u-{number}")
                yield f"u-{number}"

        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(AccessDeniedError) as caught:
            pinpoint.send(message, users())
        report = caught.value.report
        assert list(report.users) == read
        assert 200 <= len(read) <= 500
        assert report.counts[Outcome.SUCCESSFUL] == 100
        assert report.counts[Outcome.NOT_SENT] == len(read) - 100
        assert {user.error for user in report.not_sent} == {caught.value.reason}
        assert len(service.requests) == 2

    def test_what_waits_when_the_run_stops_is_told_why(self, service, message):
        service.statuses = {"u-0-1": ["THROTTLED"]}
        service.failures = [None, AccessDeniedError("403")]
        with PinpointUsers("app", transport=service, concurrency=2) as pinpoint, stopped_by(AccessDeniedError) as caught:
            pinpoint.send(message, [f"u-{number}" for number in range(200)])
        report = caught.value.report
        assert report.users["u-0"].outcome in {Outcome.PARTIAL, Outcome.NOT_SENT}
        assert report.users["u-0"].error is caught.value.reason
        assert len(report.users) == 200

    def test_a_transport_of_the_callers_that_breaks_loses_nobody(self, service, message):
        service.failures = [ZeroDivisionError("a bug")]
        with (
            PinpointUsers("app", transport=service, concurrency=1) as pinpoint,
            stopped_by(RequestError, match="ZeroDivisionError") as caught,
        ):
            pinpoint.send(message, [f"u-{number}" for number in range(150)])
        report = caught.value.report
        assert report.counts[Outcome.UNKNOWN] == 100
        assert report.counts[Outcome.NOT_SENT] == 50
        assert caught.value.sent is caught.value.reason.sent is Sent.PERHAPS_SENT
        assert isinstance(caught.value.reason.__cause__, ZeroDivisionError)


def test_ten_thousand_users_with_a_third_of_the_endpoints_throttled_twice(service, message):
    users = [f"u-{number}" for number in range(10_000)]
    endpoints = [f"{user}-{number}" for user in users for number in (1, 2)]
    service.statuses = {
        endpoint: ["THROTTLED", "THROTTLED"] for endpoint in endpoints if zlib.crc32(endpoint.encode()) % 10 < 3
    }
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, users)
    assert report.counts[Outcome.SUCCESSFUL] == 10_000
    assert service.delivered == dict.fromkeys(endpoints, 1)
    assert Counter(service.user_counts) == {100: 100}
