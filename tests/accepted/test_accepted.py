"""What AWS's documents show and what public programs send is accepted, comes through, and is rendered right."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.session
import pytest
from accepted import apns, email, fcm, helpers, other_push, several_channels, sms, templates, variables, voice
from accepted.case import Case, with_json_read, without_none
from botocore.validate import ParamValidator

from pinpoint_users import DeliveryStatus, DirectMessageConfiguration, Outcome, PinpointUsers, SendUsersMessageRequest
from pinpoint_users.local import Delivery, LocalPinpoint

ROOMS = (sms, voice, email, apns, fcm, other_push, several_channels, variables, helpers, templates)
CASES = [pytest.param(case, id=f"{room.__name__.rpartition('.')[2]}-{case.name}") for room in ROOMS for case in room.CASES]
OPERATION = botocore.session.Session().get_service_model("pinpoint").operation_model("SendUsersMessages")
KEPT = [param for param in CASES if param.values[0].keeps]


@pytest.fixture
def local() -> Iterator[LocalPinpoint]:
    with LocalPinpoint() as pinpoint:
        yield pinpoint


@pytest.fixture
def pinpoint(local: LocalPinpoint) -> Iterator[PinpointUsers]:
    with local.client() as client:
        yield client


def add_endpoint(local: LocalPinpoint, case: Case) -> None:
    user = {**case.endpoint.get("User", {}), "UserId": "u-1"}
    local.add_endpoints([{**case.endpoint, "Id": "e-1", "ChannelType": case.channel, "Address": case.address, "User": user}])


def delivered(local: LocalPinpoint, pinpoint: PinpointUsers, case: Case) -> Delivery:
    """Sends the case's request as a run, and gives what its endpoint would have got."""
    add_endpoint(local, case)
    request = SendUsersMessageRequest.from_dict(case.request)
    report = pinpoint.send(
        request.message_configuration,
        request.users,
        template_configuration=request.template_configuration,
        context=request.context,
        trace_id=request.trace_id,
    )
    assert report.users["u-1"].outcome is Outcome.SUCCESSFUL, report.users["u-1"]
    (delivery,) = local.deliveries()
    return delivery


@pytest.mark.parametrize("case", CASES)
def test_boto3_takes_it(case: Case) -> None:
    parameters = {"ApplicationId": "a", "SendUsersMessageRequest": without_none(case.request)}
    assert ParamValidator().validate(parameters, OPERATION.input_shape).generate_report() == ""


@pytest.mark.parametrize("case", CASES)
def test_is_read_and_given_back(case: Case) -> None:
    request = SendUsersMessageRequest.from_dict(case.request)
    assert with_json_read(request.to_dict()) == with_json_read(case.request_written)
    assert SendUsersMessageRequest.from_dict(request.to_dict()) == request
    assert DirectMessageConfiguration.from_dict(case.message) == request.message_configuration


@pytest.mark.parametrize("case", KEPT)
def test_is_taken_by_the_operation_itself(case: Case, local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    add_endpoint(local, case)
    response = pinpoint.send_users_messages(SendUsersMessageRequest.from_dict(case.request))
    assert response.result["u-1"]["e-1"].delivery_status is DeliveryStatus.SUCCESSFUL


@pytest.mark.parametrize("case", KEPT)
def test_comes_through_in_a_run(case: Case, local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    delivery = delivered(local, pinpoint, case)
    assert (delivery.channel_type, delivery.address, delivery.user_id) == (case.channel, case.address, "u-1")


@pytest.mark.parametrize("case", [param for param in KEPT if param.values[0].renders])
def test_is_rendered(case: Case, local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    delivery = delivered(local, pinpoint, case)
    assert (delivery.title, delivery.body, delivery.html) == (case.title, case.body, case.html)
    message = with_json_read(delivery.message)
    assert {name: message.get(name) for name in case.shown} == case.shown


@pytest.mark.parametrize(
    "user_id",
    [
        "testuser",  # AWS CLI reference
        "eu-central-1:6f1c1a0e-0000-4000-8000-000000000001",  # an identity pool of Cognito, in TypeScript
        "6f1c1a0e-0000-4000-8000-000000000001",  # a user pool of Cognito, in JavaScript and Java
        "4711",  # a primary key as a string, in Python
        "@some_name",  # a name of a social network, in Python
        "reader+news@example.com",  # an address, in imported files
        "cn=Noor K.,ou=Leeds/York",  # a directory's name
    ],
)
def test_user_ids_as_others_have_them(user_id: str, local: LocalPinpoint, pinpoint: PinpointUsers) -> None:
    local.add_endpoint(user_id=user_id, channel_type="SMS", address="+12065550142")
    report = pinpoint.send(DirectMessageConfiguration.from_dict({"SMSMessage": {"Body": "Hello"}}), [user_id])
    assert report.users[user_id].outcome is Outcome.SUCCESSFUL
    assert local.deliveries()[0].user_id == user_id


def test_no_case_is_there_twice() -> None:
    requests = [(param.values[0].channel, repr(param.values[0].request), repr(param.values[0].endpoint)) for param in CASES]
    assert len(set(requests)) == len(requests)
    assert len({param.id for param in CASES}) == len(CASES)
