"""Requests to SES are what botocore makes of the same parameters, within its model's limits; answers are read as it does."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import botocore.session
import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from ses_way import bodies, message_of, route_of, target_of

from pinpoint_users import DirectMessageConfiguration, EmailMessage, EndpointSendConfiguration, EndpointUser, RawEmail
from pinpoint_users.routes import SES, ListManagementOptions

MODEL = botocore.session.get_session().get_service_model("sesv2")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
LINE = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)
TAG = st.from_regex(r"[A-Za-z0-9_-]{1,256}", fullmatch=True)


def parameters_of(body: dict[str, Any]) -> dict[str, Any]:
    """The parameters that boto3 makes a body of: bytes, where that has base64."""
    raw = body.get("Content", {}).get("Raw")
    if raw is None:
        return body
    return {**body, "Content": {"Raw": {"Data": base64.b64decode(raw["Data"])}}}


def assert_is_botocores(operation: str, body: bytes) -> None:
    """Holds a body against botocore's serializer, and against the limits in its model, which botocore doesn't check."""
    model = MODEL.operation_model(operation)
    ours = json.loads(body)
    parameters = parameters_of(ours)
    assert not ParamValidator().validate(parameters, model.input_shape).has_errors()
    theirs = create_serializer("rest-json").serialize_to_request(parameters, model)
    assert ours == json.loads(theirs["body"])
    assert_within_limits(parameters, model.input_shape, "")


def assert_within_limits(value: Any, shape: Any, path: str) -> None:
    least, most, pattern = (shape.metadata.get(name) for name in ("min", "max", "pattern"))
    if hasattr(value, "__len__"):
        assert least is None or len(value) >= least, path
        assert most is None or len(value) <= most, path
    if shape.type_name == "string" and pattern:
        assert re.fullmatch(pattern, value), path
    if shape.type_name == "structure":
        for name, member in value.items():
            assert_within_limits(member, shape.members[name], f"{path}.{name}")
    elif shape.type_name == "list":
        for item in value:
            assert_within_limits(item, shape.member, f"{path}[]")


CONTENT = st.fixed_dictionaries(
    {
        "names": st.lists(TEXT, min_size=1, max_size=4),
        "subject": LINE,
        "html": st.none() | TEXT,
        "link": LINE,
        "context": st.dictionaries(TAG, TAG, max_size=3),
        "override": st.none() | TEXT,
    }
)
SETTINGS = st.builds(
    lambda settings: SES(**settings),
    st.fixed_dictionaries(
        {"from_email_address": st.sampled_from(["a@example.com", "Jörg <a@example.com>"])},
        optional={
            "configuration_set_name": TAG,
            "email_tags": st.dictionaries(TAG, TAG, max_size=3),
            "endpoint_id": TAG,
            "feedback_forwarding_email_address": st.just("b@example.com"),
            "from_email_address_identity_arn": st.just("arn:aws:ses:eu-west-1:1:identity/example.com"),
            "list_management_options": st.just(ListManagementOptions(contact_list_name="l", topic_name="t")),
            "reply_to_addresses": st.just(["c@example.com", "D <d@example.com>"]),
            "template_name": TAG,
            **({"tenant_name": TAG} if "TenantName" in MODEL.shape_for("SendEmailRequest").members else {}),
        },
    ),
)


@given(content=CONTENT, context=st.dictionaries(TAG, TAG, max_size=3), settings=SETTINGS)
def test_a_request_is_what_botocore_writes(content, context, settings):
    one_click = ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
    headers = [("X-Name", "{{subject}}"), ("List-Unsubscribe", content["link"]), one_click]
    message = message_of("{{subject}}!", "{{name}} {{Address}}", content["html"], headers)
    route = route_of(message, settings, context=context)
    targets = []
    for number, name in enumerate(content["names"]):
        configuration = EndpointSendConfiguration(
            substitutions={"name": [name], "subject": [content["subject"]]},
            context=content["context"] if number % 2 else None,
            body_override=content["override"] if number == 2 else None,
        )
        user = EndpointUser(user_id=f"u-{number}", user_attributes={"Name": [name]})
        targets.append(target_of(f"user{number}@example.com", configuration, user=user))
    for operation, group in route.requests([target for target in targets if route.refusal(target) is None]):
        assert_is_botocores(operation, route.body(operation, group))


@given(data=st.binary(max_size=200))
def test_a_raw_message_is_what_botocore_writes(data):
    raw = RawEmail(data=b"Subject: x\r\n\r\n" + data)
    route = route_of(DirectMessageConfiguration(email_message=EmailMessage(raw_email=raw)))
    ((operation, group),) = route.requests([target_of("a@example.com")])
    body = route.body(operation, group)
    assert_is_botocores(operation, body)
    if b"{{" not in data and b"\\" not in data:
        assert parameters_of(json.loads(body))["Content"]["Raw"]["Data"] == raw.data


STATUS = st.sampled_from([*MODEL.shape_for("BulkEmailStatus").enum, "NEW"])
ENTRY = st.fixed_dictionaries({"Status": STATUS}, optional={"Error": TEXT, "MessageId": TEXT})


@pytest.mark.parametrize("operation", ["SendBulkEmail", "SendEmail"])
@given(entries=st.lists(ENTRY, max_size=4), message_id=TEXT)
def test_an_answer_is_read_as_botocore_reads_it(operation, entries, message_id):
    answer = {"BulkEmailEntryResults": entries} if operation == "SendBulkEmail" else {"MessageId": message_id}
    shape = MODEL.operation_model(operation).output_shape
    response = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode()}
    theirs = create_parser("rest-json").parse(response, shape)
    route, targets = route_of(), [target_of(f"user{number}@example.com") for number in range(3)]
    targets = targets if operation == "SendBulkEmail" else targets[:1]
    assert route.results(operation, answer, targets) == route.results(operation, theirs, targets)
    ours, others = route.closing_error(operation, answer), route.closing_error(operation, theirs)
    assert str(ours) == str(others)
    if operation == "SendBulkEmail" and len(entries) == len(targets):
        for entry, result in zip(entries, route.results(operation, answer, targets), strict=True):
            assert result.message_id == entry.get("MessageId")


def test_requests_of_all_kinds_are_told_by_their_operations():
    own = target_of("b@example.com", EndpointSendConfiguration(body_override="x"))
    assert [operation for operation, _ in bodies(route_of(), [own, target_of("a@example.com")])] == [
        "SendBulkEmail",
        "SendEmail",
    ]
