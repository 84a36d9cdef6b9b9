"""The seconds that the service asks to wait are in the error."""

from __future__ import annotations

import datetime as dt
import email.utils
import pickle

import boto3
import pytest
from peer import Peer, answer

from pinpoint_users import (
    EndpointSendConfiguration,
    PinpointUsers,
    RequestError,
    SendUsersMessageRequest,
    ServiceError,
    ThrottledError,
)
from pinpoint_users._transport.base import answer_error, retry_after_seconds


def in_seconds(seconds):
    return email.utils.format_datetime(dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize("way", ["boto3", "fast path", "own client"])
@pytest.mark.parametrize(("status", "error"), [("429 Too Many Requests", ThrottledError), ("503 Slow Down", ServiceError)])
@pytest.mark.parametrize(("header", "seconds"), [("Retry-After: 7\r\n", 7.0), ("retry-after: 0\r\n", 0.0), ("", None)])
def test_it_is_in_the_error(*, message, way, status, error, header, seconds):
    request = SendUsersMessageRequest(message_configuration=message, users={"u": EndpointSendConfiguration()})
    with Peer() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        own = {"client": boto3.client("pinpoint", "eu-west-1", endpoint_url=url)}
        made = own if way == "own client" else {"region_name": "eu-west-1", "endpoint_url": url}
        with PinpointUsers("app", **made) as pinpoint:
            if way == "fast path":
                pinpoint.send_users_messages(request)
            peer.answers = lambda _body: answer(b"{}", status=status, headers=header)
            with pytest.raises(error) as caught:
                pinpoint.send_users_messages(request)
    assert caught.value.retry_after == seconds
    assert pickle.loads(pickle.dumps(caught.value)).retry_after == seconds


def test_a_date():
    assert 58 < retry_after_seconds(in_seconds(60)) <= 60
    old_form = (dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=60)).strftime("%a %b %d %H:%M:%S %Y")
    assert 58 < retry_after_seconds(old_form) <= 60
    assert retry_after_seconds(in_seconds(-60)) == 0


@pytest.mark.parametrize(
    "header",
    [None, "", "soon", "-1", "1.5", "1e3", "٣", "9" * 10, "9" * 5_000, "Fri, 99 Foo 2026", "Fri, 31 Dec 99999 23:59:59 GMT"],
)
def test_what_is_neither(header):
    assert retry_after_seconds(header) is None


def test_errors_that_others_make():
    assert answer_error("SendMessages", 429, retry_after=3.0).retry_after == 3.0
    assert answer_error("SendMessages", 429).retry_after is None
    assert RequestError("failed").retry_after is None
