"""The quota of requests and endpoints, and how the sends were answered."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from over_http import send as post

from pinpoint_users import DirectMessageConfiguration, Outcome, RequestError, RetryPolicy, SMSMessage, ThrottledError
from pinpoint_users.local import LocalPinpoint

SMS = {"SMSMessage": {"Body": "Hi"}}
MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="Hi"))


@pytest.fixture
def endpoint(local):
    return local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100", endpoint_id="e")


def accepted(send, times):
    """How many of so many requests are accepted."""
    count = 0
    for _ in range(times):
        try:
            send(SMS)
        except ThrottledError:
            continue
        count += 1
    return count


def test_a_second_holds_so_many_requests(local, send, endpoint):
    local.limit_rate(5)
    assert accepted(send, 8) == 5
    assert len(local.deliveries()) == 5
    assert local.requests == {200: 5, 429: 3}


def test_what_a_request_beyond_the_quota_is_told(local, send, endpoint):
    local.limit_rate(1)
    send(SMS)
    with pytest.raises(ThrottledError, match=r"TooManyRequestsException: Rate exceeded\.") as caught:
        send(SMS)
    assert (caught.value.status_code, caught.value.code) == (429, "TooManyRequestsException")


def test_the_quota_fills_up_in_virtual_time(local, send, endpoint):
    local.limit_rate(5)
    assert accepted(send, 6) == 5
    local.transport.sleep(0.4)
    assert accepted(send, 6) == 2
    local.transport.sleep(3_600)
    assert accepted(send, 6) == 5


def test_less_than_one_request_a_second(local, send, endpoint):
    local.limit_rate(0.1)
    assert accepted(send, 2) == 1
    for _ in range(99):
        local.transport.sleep(0.1)
        assert accepted(send, 1) == 0
    local.transport.sleep(0.1)
    assert accepted(send, 2) == 1


@given(
    rate=st.sampled_from([Fraction(1, 4), Fraction(1), Fraction(3, 2), Fraction(8)]),
    waits=st.lists(st.integers(0, 12).map(lambda number: Fraction(number, 8)), max_size=20),
)
def test_the_quota_is_a_token_bucket(rate, waits):
    tokens = size = max(Fraction(1), rate)
    with LocalPinpoint() as local:
        local.limit_rate(float(rate))
        body = b'{"MessageConfiguration": {}, "Users": {"u": {}}}'
        for wait in waits:
            local.transport.sleep(float(wait))
            tokens = min(size, tokens + wait * rate)
            before = local.requests.get(429, 0)
            with contextlib.suppress(ThrottledError):
                local.transport.post("SendUsersMessages", local.application_id, body)
            assert local.requests.get(429, 0) - before == (tokens < 1)
            tokens -= tokens >= 1


def test_no_limit_and_another_limit(local, send, endpoint):
    local.limit_rate(1)
    assert accepted(send, 2) == 1
    local.limit_rate(2)
    assert accepted(send, 3) == 2
    local.limit_rate(None)
    assert accepted(send, 9) == 9


def test_endpoints_beyond_their_quota_are_throttled(local, send, endpoint):
    local.add_endpoint(user_id="v", channel_type="SMS", address="+12065550101", endpoint_id="f")
    local.limit_rate(None, endpoints_per_second=3)
    got = [result for _ in range(2) for user in send(SMS, {"u": {}, "v": {}}).values() for result in user.values()]
    assert [result["DeliveryStatus"] for result in got] == ["SUCCESSFUL"] * 3 + ["THROTTLED"]
    assert got[-1]["StatusCode"] == 429
    assert len(local.deliveries()) == 3
    assert local.requests == {200: 2}


def test_what_gets_no_message_is_no_part_of_the_quota(local, send, endpoint):
    local.add_endpoint(user_id="v", channel_type="SMS", address="+12065550101", opt_out="ALL")
    local.limit_rate(None, endpoints_per_second=1)
    send(SMS, {"v": {}, "nobody": {}})
    assert send(SMS)["u"]["e"]["DeliveryStatus"] == "SUCCESSFUL"


def test_a_request_beyond_the_quota_meets_no_fault(local, send, endpoint):
    local.limit_rate(1)
    send(SMS)
    local.drop_next(accept=True)
    assert accepted(send, 1) == 0
    assert local.requests == {200: 1, 429: 1}


def test_only_sends_have_a_quota(pinpoint, remote):
    remote.limit_rate(0.001)
    for _ in range(3):
        assert pinpoint.get_apps()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize("limits", [(0, None), (-1, None), (float("inf"), None), (float("nan"), None), (None, 0)])
def test_limits_that_are_none(local, limits):
    with pytest.raises(ValueError, match="a second isn't a limit"):
        local.limit_rate(limits[0], endpoints_per_second=limits[1])


def test_a_client_gets_through_in_the_end(local):
    users = [f"u-{number}" for number in range(1_000)]
    for user in users:
        local.add_endpoint(user_id=user, channel_type="SMS", address=f"+1206{user}")
    local.limit_rate(2, endpoints_per_second=250)
    report = local.client(retry=RetryPolicy(max_attempts=20)).send(MESSAGE, users)
    assert report.counts[Outcome.SUCCESSFUL] == 1_000
    assert local.waited > 2
    assert local.requests[429] > 0


def test_a_quota_over_http(pinpoint, remote):
    remote.limit_rate(0.001, endpoints_per_second=0.001)
    result = post(pinpoint)["SendUsersMessageResponse"]["Result"]["u"]["e"]
    assert result["DeliveryStatus"] == "SUCCESSFUL"
    with pytest.raises(ClientError) as caught:
        post(pinpoint)
    assert caught.value.response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate exceeded."}
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    remote.limit_rate(None, endpoints_per_second=0.001)
    results = [post(pinpoint)["SendUsersMessageResponse"]["Result"]["u"]["e"] for _ in range(2)]
    assert [result["DeliveryStatus"] for result in results] == ["SUCCESSFUL", "THROTTLED"]
    assert remote.requests == {200: 3, 429: 1}
    assert len(remote.deliveries()) == 2


def test_each_kind_of_client_has_a_quota_of_its_own(pinpoint, remote):
    remote.limit_rate(0.001)
    post(pinpoint)
    body = b'{"MessageConfiguration": {}, "Users": {"u": {}}}'
    remote.transport.post("SendUsersMessages", remote.application_id, body)
    assert remote.requests == {200: 2}


def test_answers_are_counted_by_status(local, send, send_messages, endpoint):
    assert local.requests == {}
    local.fail_next(500, accept=True)
    for fault in (local.drop_next, local.hang_next, local.drip_next, local.refuse_next):
        fault()
    for _ in range(5):
        with pytest.raises(RequestError):
            send(SMS)
    send_messages(SMS, Endpoints={"e": {}})
    assert local.requests == {500: 1, None: 3, 200: 2}
    local.clear_deliveries()
    assert local.requests == {}
