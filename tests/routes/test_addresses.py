"""Requests to addresses are what botocore makes of the same parameters; answers are read as its parser does."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import botocore.session
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from strategies import values_of

from pinpoint_users import (
    DeliveryStatus,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    Operation,
    PinpointUsers,
    RetryPolicy,
    SMSMessage,
    Transport,
    ValidationError,
)
from pinpoint_users.endpoints import Endpoint

MODEL = botocore.session.get_session().get_service_model("pinpoint").operation_model("SendMessages")
CHANNELS = ["GCM", "APNS", "APNS_SANDBOX", "ADM", "BAIDU", "SMS", "VOICE"]
PUSH = DirectMessageConfiguration(gcm_message=GCMMessage(body="x"), sms_message=SMSMessage(body="x"))


class Answering(Transport):
    """Keeps each request, and answers as it is told."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.answer = answer
        self.bodies: list[bytes] = []

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes:
        assert operation == "SendMessages"
        self.bodies.append(body)
        return json.dumps(self.answer).encode()


def endpoint(channel: str, number: int) -> Endpoint:
    address = f"+1206555{number:04}" if channel in {"SMS", "VOICE"} else f"token-{number}"
    return Endpoint(channel_type=channel, address=address, id=f"e-{number}", attributes={"plan": ["pro"]})  # type: ignore[arg-type]  # a word of the list


@given(
    message=values_of(DirectMessageConfiguration),
    own=values_of(EndpointSendConfiguration),
    channels=st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=8),
    context=st.none() | st.dictionaries(st.text(min_size=1, max_size=4), st.text(max_size=4), max_size=2),
    trace_id=st.none() | st.text(min_size=1, max_size=4),
)
def test_a_request_is_what_botocore_makes_of_it(
    message: DirectMessageConfiguration,
    own: EndpointSendConfiguration,
    channels: list[str],
    context: dict[str, str] | None,
    trace_id: str | None,
) -> None:
    transport = Answering({"Result": {}})
    directory = {"u-1": [endpoint(channel, number) for number, channel in enumerate(channels)]}
    with PinpointUsers("a", transport=transport, directory=directory, retry=RetryPolicy(max_attempts=1)) as pinpoint:
        try:
            pinpoint.send(
                message, {"u-1": own}, context=context, trace_id=trace_id, missing_variables="empty", channels=CHANNELS
            )
        except ValidationError:
            return  # nothing for these channels
    for body in transport.bodies:
        ours = json.loads(body)
        raw = ours["MessageConfiguration"].get("EmailMessage", {}).get("RawEmail", {})
        parameters = json.loads(body)
        if "Data" in raw:
            parameters["MessageConfiguration"]["EmailMessage"]["RawEmail"]["Data"] = base64.b64decode(raw["Data"])
        whole = {"ApplicationId": "a", "MessageRequest": parameters}
        assert not ParamValidator().validate(whole, MODEL.input_shape).has_errors()
        assert json.loads(create_serializer("rest-json").serialize_to_request(whole, MODEL)["body"]) == ours
        assert not {"Users", "Endpoints", "TemplateConfiguration"} & ours.keys()
        assert 1 <= len(ours["Addresses"]) <= 100
        assert ours.get("Context") == (context or None) or context == {}
        assert ours.get("TraceId") == trace_id


RESULTS = st.fixed_dictionaries(
    {"DeliveryStatus": st.sampled_from([*DeliveryStatus]).map(str), "StatusCode": st.integers(0, 599)},
    optional={"MessageId": st.text(max_size=4), "StatusMessage": st.text(max_size=9), "UpdatedToken": st.text(max_size=4)},
)


@given(results=st.lists(RESULTS, min_size=1, max_size=5))
def test_an_answer_is_read_as_botocores_parser_does(results: list[dict[str, Any]]) -> None:
    directory = {f"u-{number}": [endpoint("GCM", number)] for number in range(len(results))}
    answer = {
        "ApplicationId": "a",
        "RequestId": "r",
        "Result": {f"token-{number}": each for number, each in enumerate(results)},
    }
    with PinpointUsers("a", transport=Answering(answer), directory=directory, retry=RetryPolicy(max_attempts=1)) as pinpoint:
        report = pinpoint.send(PUSH, list(directory))
    response = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode(), "context": {}}
    theirs = create_parser("rest-json").parse(response, MODEL.output_shape)["MessageResponse"]["Result"]
    for number, user in enumerate(report.users.values()):
        told = user.endpoints[f"e-{number}"].to_dict()
        assert told.pop("Address") == f"token-{number}"
        assert told == theirs[f"token-{number}"]
    assert report.request_ids == ("r",)


def test_an_address_is_never_twice_in_a_request() -> None:
    directory = {
        f"u-{number}": [
            Endpoint(channel_type="SMS", address="+12065550100", id=f"s-{number}"),
            Endpoint(channel_type="VOICE", address="+12065550100", id=f"v-{number}"),
        ]
        for number in range(3)
    }
    transport = Answering({"Result": {"+12065550100": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}})
    message = DirectMessageConfiguration.from_dict({"DefaultMessage": {"Body": "x"}})
    with PinpointUsers("a", transport=transport, directory=directory) as pinpoint:
        report = pinpoint.send(message, list(directory))
    sent = [
        (address, own["ChannelType"]) for body in transport.bodies for address, own in json.loads(body)["Addresses"].items()
    ]
    assert sorted(sent) == [("+12065550100", "SMS")] * 3 + [("+12065550100", "VOICE")] * 3
    assert [len(json.loads(body)["Addresses"]) for body in transport.bodies] == [1] * 6
    assert len(report.successful) == 3


def test_a_request_has_100_addresses_at_most() -> None:
    directory = {f"u-{number}": [endpoint("GCM", number), endpoint("SMS", number + 1_000)] for number in range(100)}
    transport = Answering({"Result": {}})
    with PinpointUsers("a", transport=transport, directory=directory) as pinpoint:
        pinpoint.send(PUSH, list(directory))
    assert [len(json.loads(body)["Addresses"]) for body in transport.bodies] == [100, 100]


def test_an_answer_without_results_leaves_all_in_doubt() -> None:
    directory = {"u-1": [endpoint("GCM", 1)]}
    with PinpointUsers("a", transport=Answering({"Result": 3}), directory=directory) as pinpoint:
        report = pinpoint.send(PUSH, ["u-1"])
    assert len(report.unknown) == 1
