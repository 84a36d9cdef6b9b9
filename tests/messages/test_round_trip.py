"""Every value goes to AWS's shape and back unchanged, and what goes over the wire is what botocore would send and read."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, answers, any_value, json_values, values_of

import pinpoint_users as p
from pinpoint_users._shapes.reading import from_wire
from pinpoint_users._shapes.writing import to_wire

SHAPES = REQUEST_SHAPES + ANSWER_SHAPES
OPERATION = ServiceModel(Loader().load_service_model("pinpoint", "service-2")).operation_model("SendUsersMessages")
PLAIN = (dict, list, str, bytes, bool, int, float, type(None))


def parts_of(value):
    """A value in AWS's shape, and everything inside."""
    yield value
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from parts_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts_of(item)


@pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_from_dict_reads_what_to_dict_writes(cls, data):
    value = data.draw(values_of(cls))
    assert cls.from_dict(value.to_dict()) == value


@pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_what_is_read_from_json_is_what_was_written(cls, data):
    value = data.draw(values_of(cls))
    assert from_wire(cls, json.loads(json.dumps(to_wire(value)))) == value


@given(any_value())
def test_to_dict_gives_plain_values_with_nothing_unset(value):
    for part in parts_of(value.to_dict()):
        assert type(part) in PLAIN
    if type(value) in REQUEST_SHAPES:
        assert None not in list(parts_of(value.to_dict()))


@given(values_of(p.SendUsersMessagesRequest))
def test_botocore_accepts_and_sends_the_bytes_that_we_send(value):
    assert ParamValidator().validate(value.to_dict(), OPERATION.input_shape).generate_report() == ""
    sent = create_serializer("rest-json").serialize_to_request(value.to_dict(), OPERATION)
    assert sent["body"] == json.dumps(to_wire(value.send_users_message_request)).encode()


def botocore_reads(body: bytes) -> dict:
    response = {"status_code": 200, "headers": {}, "body": body}
    parsed = create_parser("rest-json").parse(response, OPERATION.output_shape)
    parsed.pop("ResponseMetadata")
    return parsed["SendUsersMessageResponse"]


def known_members(answer: dict) -> dict:
    """An answer without the members that botocore's parser throws away."""
    known = {name: answer[name] for name in ("ApplicationId", "RequestId", "Result") if name in answer}
    for endpoints in known.get("Result", {}).values():
        for endpoint in endpoints.values():
            endpoint.pop("NewMember", None)
    return known


@given(answers())
def test_an_answer_is_read_as_botocore_reads_it(answer):
    read = p.SendUsersMessageResponse.from_dict(json.loads(json.dumps(answer)))
    assert known_members(read.to_dict()) == botocore_reads(json.dumps(answer).encode())


@given(answers())
def test_an_answer_loses_nothing(answer):
    def without_null(shape):
        return {key: item for key, item in shape.items() if item is not None or key == "NewMember"}

    expected = without_null(answer)
    if "Result" in expected:
        expected["Result"] = {
            user: {endpoint: without_null(result) for endpoint, result in endpoints.items()}
            for user, endpoints in answer["Result"].items()
        }
    assert p.SendUsersMessageResponse.from_dict(answer).to_dict() == expected


def test_what_boto3_returns_is_read_whole():
    answer = {
        "SendUsersMessageResponse": {"ApplicationId": "a", "Result": {}},
        "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {"date": "today"}, "RetryAttempts": 0},
    }
    response = p.SendUsersMessagesResponse.from_dict(answer)
    assert response.unknown_members["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert response.to_dict() == answer


ENDPOINT_MEMBERS = ["Address", "DeliveryStatus", "MessageId", "StatusCode", "StatusMessage", "UpdatedToken", "UnknownMembers"]
endpoint_values = st.sampled_from(["SUCCESSFUL", "TIMEOUT", 200, True, None, 1.5, [], {"a": 1}]) | json_values


def outcome(make):
    try:
        return make()
    except p.ValidationError as error:
        return error.faults


@pytest.mark.parametrize(
    "odd",
    [{"UnknownMembers": "x"}, {"New": 1}, {"StatusCode": True}, {"StatusCode": 2.0}, {"DeliveryStatus": "NEW"}, {"Address": 1}],
    ids=str,
)
def test_what_the_fast_path_leaves_is_read_by_the_slow_one(odd):
    shape = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, **odd}
    read = outcome(lambda: p.EndpointMessageResult.from_dict(shape))
    assert read == outcome(lambda: p.EndpointMessageResult.from_dict(SlowlyRead(shape)))
    assert isinstance(read, tuple) or read.to_dict() == shape


class SlowlyRead(dict):
    """A mapping that isn't quite a dict, which isn't read by the fast path."""


@given(st.dictionaries(st.sampled_from(ENDPOINT_MEMBERS) | st.text(max_size=5), endpoint_values, max_size=7))
def test_both_ways_to_read_a_result_give_the_same(shape):
    fast = outcome(lambda: p.EndpointMessageResult.from_dict(shape))
    slow = outcome(lambda: p.EndpointMessageResult.from_dict(SlowlyRead(shape)))
    assert fast == slow
    assert repr(fast) == repr(slow)


@given(
    st.fixed_dictionaries(
        {"DeliveryStatus": st.sampled_from([*p.DeliveryStatus.__members__]), "StatusCode": st.integers()},
        optional={name: st.none() | st.text(max_size=5) | st.integers() for name in ENDPOINT_MEMBERS if name[0] in "AMU"},
    )
)
def test_both_ways_to_read_a_frequent_result_give_the_same(shape):
    fast = outcome(lambda: p.EndpointMessageResult.from_dict(shape))
    slow = outcome(lambda: p.EndpointMessageResult.from_dict(SlowlyRead(shape)))
    assert fast == slow
    if isinstance(fast, p.EndpointMessageResult):
        assert fast.delivery_status is p.DeliveryStatus[shape["DeliveryStatus"]]
        assert fast.to_builder().build() == fast


def test_values_of_json_are_kept_as_they_came_and_others_too():
    when = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
    response = p.SendUsersMessageResponse(application_id="a", unknown_members={"When": when, "Raw": b"\x00"})
    assert response.to_dict() == {"ApplicationId": "a", "When": when, "Raw": b"\x00"}
