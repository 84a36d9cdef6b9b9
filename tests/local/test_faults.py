"""Scripted faults in the same process, and virtual time."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import nullcontext
from unittest.mock import ANY

import pytest

from pinpoint_users import (
    AccessDeniedError,
    ApplicationNotFoundError,
    BadRequestError,
    ConnectionFailedError,
    ConnectionLostError,
    DirectMessageConfiguration,
    Outcome,
    PayloadTooLargeError,
    ReadTimeoutError,
    RetryPolicy,
    Sent,
    ServiceError,
    SMSMessage,
    ThrottledError,
)

SMS = {"SMSMessage": {"Body": "Hi"}}
MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="Hi"))


@pytest.fixture
def endpoint(local):
    return local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="e")


def statuses(send, times):
    return [send(SMS)["u"]["e"]["DeliveryStatus"] for _ in range(times)]


@pytest.mark.parametrize(
    "chosen", [{"endpoint_ids": ["e"]}, {"addresses": ["+12065550100"]}, {"user_ids": ["u"]}, {"share": 1.0}]
)
def test_an_endpoint_throttles_so_many_times(local, send, endpoint, chosen):
    local.throttle(**chosen, times=2)
    assert statuses(send, 3) == ["THROTTLED", "THROTTLED", "SUCCESSFUL"]
    assert len(local.deliveries()) == 1


def test_other_endpoints_go_through(local, send, endpoint):
    local.throttle(endpoint_ids=["other"], addresses=["other"], user_ids=["other"])
    assert statuses(send, 1) == ["SUCCESSFUL"]


def test_each_endpoint_throttles_by_itself(local, send, endpoint):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550101", endpoint_id="e-2")
    local.throttle(user_ids=["u"])
    assert {result["DeliveryStatus"] for result in send(SMS)["u"].values()} == {"THROTTLED"}
    assert {result["DeliveryStatus"] for result in send(SMS)["u"].values()} == {"SUCCESSFUL"}


def test_the_status_code_of_throttled_endpoints(local, send, endpoint):
    local.throttle(endpoint_ids=["e"])
    local.throttle(endpoint_ids=["e"], status_code=403)
    assert [send(SMS)["u"]["e"]["StatusCode"] for _ in range(3)] == [429, 403, 200]


def test_a_bare_address_throttles(local, send_messages):
    local.throttle(addresses=["+12065550199"])
    answers = [send_messages(SMS, Addresses={"+12065550199": {"ChannelType": "SMS"}})["Result"] for _ in range(2)]
    assert [answer["+12065550199"]["DeliveryStatus"] for answer in answers] == ["THROTTLED", "SUCCESSFUL"]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, BadRequestError),
        (403, AccessDeniedError),
        (404, ApplicationNotFoundError),
        (405, BadRequestError),
        (413, PayloadTooLargeError),
        (429, ThrottledError),
        (500, ServiceError),
        (503, ServiceError),
    ],
)
@pytest.mark.usefixtures("endpoint")
def test_the_next_requests_fail(local, send, status, error):
    local.fail_next(status, times=2)
    for _ in range(2):
        with pytest.raises(error) as caught:
            send(SMS)
        assert caught.value.status_code == status
        assert caught.value.sent is (Sent.NOT_SENT if status < 500 else Sent.PERHAPS_SENT)
    assert local.deliveries() == ()
    assert statuses(send, 1) == ["SUCCESSFUL"]


def test_a_status_that_the_service_does_not_have(local):
    with pytest.raises(ValueError, match="418 isn't a status"):
        local.fail_next(418)


def test_a_request_may_fail_and_go_out(local, send, endpoint):
    local.fail_next(500, accept=True)
    with pytest.raises(ServiceError):
        send(SMS)
    assert len(local.deliveries()) == 1


@pytest.mark.parametrize(("name", "error"), [("hang_next", ReadTimeoutError), ("drop_next", ConnectionLostError)])
@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.usefixtures("endpoint")
def test_an_answer_that_does_not_come(local, send, name, error, accept):
    getattr(local, name)(accept=accept)
    with pytest.raises(error) as caught:
        send(SMS)
    assert caught.value.sent is Sent.PERHAPS_SENT
    assert len(local.deliveries()) == accept
    assert statuses(send, 1) == ["SUCCESSFUL"]


@pytest.mark.parametrize("body", [b"", b'{"Applic', b"<html></html>"])
def test_a_body_of_ones_own(local, endpoint, body):
    request = json.dumps({"MessageConfiguration": SMS, "Users": {"u": {}}}).encode()
    local.answer_next(body)
    local.answer_next(body, accept=False)
    assert local.transport.post("SendUsersMessages", local.application_id, request) == body
    assert len(local.deliveries()) == 1
    assert local.transport.post("SendUsersMessages", local.application_id, request) == body
    assert len(local.deliveries()) == 1


def test_half_an_answer(local, endpoint):
    local.truncate_next()
    request = json.dumps({"MessageConfiguration": SMS, "Users": {"u": {}}}).encode()
    answer = local.transport.post("SendUsersMessages", local.application_id, request)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer)
    assert answer.startswith(b'{"ApplicationId"')
    assert len(local.deliveries()) == 1


def test_an_error_of_another_name(local, send, endpoint):
    local.fail_next(403, code="ExpiredTokenException")
    with pytest.raises(AccessDeniedError, match="ExpiredTokenException") as caught:
        send(SMS)
    assert (caught.value.status_code, caught.value.code) == (403, "ExpiredTokenException")
    assert local.deliveries() == ()


def test_a_request_that_is_reset_before_its_body(local, send, endpoint):
    local.drop_next(before_body=True)
    with pytest.raises(ConnectionLostError):
        send(SMS)
    assert local.deliveries() == ()


def test_what_is_not_read_can_not_be_accepted(local):
    with pytest.raises(ValueError, match="exclude each other"):
        local.drop_next(before_body=True, accept=True)


def test_a_request_that_finds_no_connection(local, send, endpoint):
    local.refuse_next()
    with pytest.raises(ConnectionFailedError) as caught:
        send(SMS)
    assert caught.value.sent is Sent.NOT_SENT
    assert local.deliveries() == ()
    assert statuses(send, 1) == ["SUCCESSFUL"]


def test_an_answer_that_drips(local, send, endpoint):
    local.drip_next(seconds_per_byte=3_600)
    with pytest.raises(ReadTimeoutError):
        send(SMS)
    assert len(local.deliveries()) == 1
    assert local.waited == 0


def test_an_answer_that_is_altered(local, send, endpoint):
    def change(answer):
        answer["Result"]["u"]["e"]["DeliveryStatus"] = "NEW_STATUS"
        answer["Result"]["stranger"] = {}
        return answer

    local.alter_next(change, times=2)
    assert send(SMS) == {
        "u": {"e": {**send(SMS)["u"]["e"], "MessageId": ANY, "StatusMessage": ANY, "DeliveryStatus": "NEW_STATUS"}},
        "stranger": {},
    }
    assert len(local.deliveries()) == 2
    assert statuses(send, 1) == ["SUCCESSFUL"]


def test_an_answer_becomes_another_one(local, endpoint):
    local.alter_next(lambda answer: [answer["ApplicationId"], "\ud800"])
    request = json.dumps({"MessageConfiguration": SMS, "Users": {"u": {}}}).encode()
    answer = local.transport.post("SendUsersMessages", local.application_id, request)
    assert json.loads(answer) == ["local-application", "\ud800"]


def test_a_refusal_is_not_altered(local, send, endpoint):
    local.alter_next(lambda answer: pytest.fail("it is no success"))
    with pytest.raises(BadRequestError):
        send({"SMSMessage": "Hi"})


def test_faults_that_strike_in_the_middle(local, send, endpoint):
    local.pass_next(times=2)
    local.fail_next(500, times=2)
    local.pass_next()
    local.fail_next(404)
    for error in (None, None, ServiceError, ServiceError, None, ApplicationNotFoundError, None):
        with nullcontext() if error is None else pytest.raises(error):
            send(SMS)
    assert len(local.deliveries()) == 4


def test_faults_come_in_their_order_and_wait_for_their_operation(local, send, send_messages, endpoint):
    local.fail_next(500, operation="SendMessages")
    local.fail_next(429)
    local.fail_next(403)
    with pytest.raises(ThrottledError):
        send(SMS)
    with pytest.raises(ServiceError):
        send_messages(SMS, Endpoints={"e": {}})
    with pytest.raises(AccessDeniedError):
        send_messages(SMS, Endpoints={"e": {}})
    assert statuses(send, 1) == ["SUCCESSFUL"]


def test_faults_can_be_cleared(local, send, endpoint):
    local.fail_next(500, times=5)
    local.throttle(share=1.0, times=5)
    local.clear_faults()
    assert statuses(send, 1) == ["SUCCESSFUL"]


def test_waiting_takes_no_time(local):
    assert local.waited == 0
    transport = local.transport
    start = transport.monotonic()
    transport.sleep(3_600)
    local.transport.sleep(0.5)
    assert transport.monotonic() - start == 3_600.5
    assert local.waited == 3_600.5


def test_a_client_that_waits(local, endpoint):
    local.fail_next(429, times=3)
    report = local.client(retry=RetryPolicy(base_delay=1_000, max_delay=1_000, give_up_after=1e6)).send(MESSAGE, ["u"])
    assert report.users["u"].outcome is Outcome.SUCCESSFUL
    assert local.waited > 0


def test_many_users_with_a_share_of_throttled_endpoints_get_everything_once(local):
    channels = {"SMS": "+1206", "GCM": "token-"}
    local.add_endpoints(
        {"ChannelType": channel_type, "Address": f"{start}{number:07}", "User": {"UserId": f"u-{number}"}}
        for number in range(2_000)
        for channel_type, start in channels.items()
    )
    local.throttle(share=0.3, times=2)
    message = DirectMessageConfiguration.from_dict({"DefaultMessage": {"Body": "Hi"}})
    report = local.client().send(message, [f"u-{number}" for number in range(2_000)])
    assert report.counts[Outcome.SUCCESSFUL] == 2_000
    times = Counter(delivery.address for delivery in local.deliveries())
    assert len(times) == 4_000
    assert set(times.values()) == {1}
    throttled = [user for user in report.users.values() if user.attempts == 3]
    assert 920 < len(throttled) < 1_120
