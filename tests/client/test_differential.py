"""What goes out through the client is what boto3 would have sent, byte for byte; what comes back, what it would have read."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from hypothesis import given, reject
from strategies import answers, values_of

from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SendUsersMessageRequest, ValidationError


class Wire:
    """A boto3 client whose requests are caught before they leave, and answered with given bytes."""

    def __init__(self) -> None:
        # boto3's own calls go through the same client; its limits on shapes are not what is compared.
        self.client = boto3.client(
            "pinpoint",
            region_name="eu-west-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(parameter_validation=False),
        )
        self.client.meta.events.register("before-send.pinpoint.*", self._catch)
        self.answer = b'{"ApplicationId": "app"}'
        self.sent: list[Any] = []

    def _catch(self, request: Any, **_: Any) -> AWSResponse:
        self.sent.append(request)
        answer = AWSResponse(request.url, 200, {"content-type": "application/json"}, None)
        answer._content = self.answer
        return answer

    def by_boto3(self, request: SendUsersMessageRequest) -> dict[str, Any]:
        output = self.client.send_users_messages(ApplicationId="app", SendUsersMessageRequest=request.to_dict())
        return output["SendUsersMessageResponse"]


@pytest.fixture(scope="module")
def wire() -> Wire:
    return Wire()


def compact(body: bytes) -> bytes:
    """JSON without spaces, in UTF-8 instead of escapes."""
    return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()


@given(request=values_of(SendUsersMessageRequest))
def test_a_request_goes_out_as_boto3_writes_it(wire, request):
    with PinpointUsers("app", client=wire.client) as pinpoint:
        try:
            pinpoint.send_users_messages(request)
        except ValidationError:
            reject()  # nothing to send, or a variable without a value: nothing went out
    wire.by_boto3(request)
    ours, theirs = wire.sent[-2:]
    assert ours.body == compact(theirs.body)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"]


@given(answer=answers())
def test_an_answer_is_read_as_boto3_reads_it(wire, answer):
    request = SendUsersMessageRequest(
        message_configuration=DirectMessageConfiguration.from_dict({"SMSMessage": {"Body": "hello"}}), users={}
    )
    wire.answer = json.dumps(answer).encode()
    with PinpointUsers("app", client=wire.client) as pinpoint:
        ours = pinpoint.send_users_messages(request).to_dict()
    assert without_unknown(ours) == wire.by_boto3(request)


def without_unknown(answer: dict[str, Any]) -> dict[str, Any]:
    """The members that AWS's model has, which are all that boto3 keeps."""
    members = {"Address", "DeliveryStatus", "MessageId", "StatusCode", "StatusMessage", "UpdatedToken"}
    known = {name: value for name, value in answer.items() if name in {"ApplicationId", "RequestId", "Result"}}
    for endpoints in known.get("Result", {}).values():
        for endpoint_id, result in endpoints.items():
            endpoints[endpoint_id] = {name: value for name, value in result.items() if name in members}
    return known
