"""Whatever the service answers, nobody is lost and nobody is told to have got what may not have come."""

from __future__ import annotations

import json

import pytest

from pinpoint_users import (
    MissingResultError,
    Outcome,
    PinpointUsers,
    Sent,
    UnreadableResponseError,
)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda answer: b"<html>", "isn't JSON"),
        (lambda answer: b"", "isn't JSON"),
        (lambda answer: b"[" * 100_000, "isn't JSON"),
        (lambda answer: b"[]", "isn't a JSON object"),
        (lambda answer: b"{}", "has no Result['a']"),
        (lambda answer: {**answer, "Result": None}, "has no Result['a']"),
        (lambda answer: {**answer, "Result": [1]}, "Result isn't an object"),
        (lambda answer: {**answer, "Result": {}}, "has no Result['a']"),
        (lambda answer: {**answer, "Result": {"a": {}}}, "has no Result['a']"),
        (lambda answer: {**answer, "Result": {"a": [1]}}, "Result['a'] isn't an object"),
        (lambda answer: {**answer, "Result": {"a": {"a-1": 7}}}, "Result['a']['a-1'] can't be read"),
        (lambda answer: {**answer, "Result": {"a": {"a-1": {"StatusCode": 200}}}}, "DeliveryStatus: is required"),
    ],
)
def test_what_cannot_be_read_is_unknown(service, message, change, said):
    service.change = change
    with PinpointUsers("app", transport=service) as pinpoint:
        user = pinpoint.send(message, ["a"]).users["a"]
    assert user.outcome is Outcome.UNKNOWN
    assert user.sent is Sent.PERHAPS_SENT
    assert said in str(user.error)
    assert len(service.requests) == 1


def test_one_user_who_cannot_be_read_does_not_cost_the_others_their_results(service, message):
    def change(answer):
        del answer["Result"]["b"]
        answer["Result"]["c"]["c-1"]["StatusCode"] = "two hundred"
        answer["Result"]["c"]["c-2"]["DeliveryStatus"] = None
        return answer

    service.change = change
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, ["a", "b", "c"])
    assert [str(user.outcome) for user in report.users.values()] == ["SUCCESSFUL", "UNKNOWN", "UNKNOWN"]
    assert "Result['c']['c-2'] can't be read" in str(report.users["c"].error)
    assert list(report.users["c"].endpoints) == ["c-1"]
    assert report.users["c"].endpoints["c-1"].unknown_members == {"StatusCode": "two hundred"}


def test_a_user_without_endpoints_has_failed(service, message):
    none = {
        "Address": "",
        "DeliveryStatus": "PERMANENT_FAILURE",
        "StatusCode": 400,
        "StatusMessage": "No endpoints found for userId.",
    }
    service.change = lambda answer: {**answer, "Result": {"a": {"": none}}}
    with PinpointUsers("app", transport=service) as pinpoint:
        user = pinpoint.send(message, ["a"]).users["a"]
    assert user.outcome is Outcome.FAILED
    assert user.endpoints[""].status_message == "No endpoints found for userId."
    assert str(user) == "a: FAILED after 1 attempt: (no endpoint) PERMANENT_FAILURE (400, No endpoints found for userId.)"


def test_a_parsed_answer_will_do(service, message):
    post = service.post
    service.post = lambda *request: json.loads(post(*request))
    with PinpointUsers("app", transport=service) as pinpoint:
        pinpoint.send(message, ["a"]).raise_for_failures()


def test_an_odd_request_id_is_left_out(service, message):
    service.change = lambda answer: {**answer, "RequestId": 7}
    with PinpointUsers("app", transport=service) as pinpoint:
        assert pinpoint.send(message, ["a"]).request_ids == ()


def test_one_that_names_others_than_the_users_cannot_be_read(service, message):
    others = {"somebody else": {"e-1": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}
    service.change = lambda answer: {**answer, "Result": others} if len(service.requests) == 1 else answer
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        report = pinpoint.send(message, [f"u-{number}" for number in range(150)])
    assert len(report.unknown) == 100
    assert {type(user.error) for user in report.unknown} == {UnreadableResponseError}
    assert len(report.users) == 150
    assert len(report.successful) == 50
    assert service.user_counts == [100, 50]


def test_a_user_whom_it_leaves_out_is_missing(service, message):
    service.change = lambda answer: {**answer, "Result": {"a": answer["Result"]["a"]}}
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, ["a", "b"])
    assert report.users["a"].outcome is Outcome.SUCCESSFUL
    assert report.users["b"].outcome is Outcome.UNKNOWN
    assert isinstance(report.users["b"].error, MissingResultError)
