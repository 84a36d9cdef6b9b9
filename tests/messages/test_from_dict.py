"""Reading AWS's shape: all faults at once in AWS's names, near misses suggested, and everything of an answer kept."""

from __future__ import annotations

import contextlib
import enum
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, json_values

import pinpoint_users as p
from pinpoint_users._shapes.reading import from_wire

RESULT = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}


def faults_of(cls, shape, read=None):
    with pytest.raises(p.ValidationError) as caught:
        (read or cls.from_dict)(shape)
    assert caught.value.subject == cls.__name__
    return {fault.path: fault.problem for fault in caught.value.faults}


def test_every_fault_of_the_tree_is_told_in_awss_names():
    shape = {
        "ApplicationId": 1,
        "SendUsersMessageRequest": {
            "MessageConfiguration": {
                "SMSMessage": {"Bdy": "x", "MessageType": "TRANSACTIONL", "Substitutions": {"a": "1", "b": ["2", 3]}},
                "APNSMessage": {"RawContent": "{", "TimeToLive": -1, "Priority": "11"},
                "EmailMessage": {
                    "SimpleEmail": {"Headers": [{"Name": "X-A"}, {"Name": "a b", "Valu": "1"}, "X: y"], "Subject": "hi"},
                    "RawEmail": [],
                },
                "GCMMessage": None,
            },
            "Users": {"u-1": {"Context": {"a": 1}}, "u-2": None, "u-3": "x"},
            "traceid": "t",
        },
    }
    request = "SendUsersMessageRequest"
    message = f"{request}.MessageConfiguration"
    assert faults_of(p.SendUsersMessagesRequest, shape) == {
        "ApplicationId": "must be a string, not int: write str(…)",
        f"{message}.SMSMessage.Bdy": no_member("SMSMessage", "Body"),
        f"{message}.SMSMessage.MessageType": (
            "'TRANSACTIONL' isn't a value; allowed: TRANSACTIONAL, PROMOTIONAL; did you mean TRANSACTIONAL?"
        ),
        f"{message}.SMSMessage.Substitutions['a']": 'must be a list of strings, not a string: write {"a": ["…"]}',
        f"{message}.SMSMessage.Substitutions['b'][1]": ('must be a string, not int: write str(value), such as "5" for 5'),
        f"{message}.APNSMessage.RawContent": (
            "isn't JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)): "
            "hand in a mapping, and the JSON is written for you"
        ),
        f"{message}.APNSMessage.TimeToLive": "-1 s, from 0 to 2,147,483,647 are allowed",
        f"{message}.APNSMessage.Priority": "'11' isn't a value; allowed: 5, 10, normal, high",
        f"{message}.EmailMessage.SimpleEmail.Headers[1].Name": "has ' ', which a header's name can't have",
        f"{message}.EmailMessage.SimpleEmail.Headers[1].Valu": (
            "no member of MessageHeader; allowed: Name, Value; did you mean Value?"
        ),
        f"{message}.EmailMessage.SimpleEmail.Headers[2]": "must be a mapping in AWS's shape of MessageHeader, not str",
        f"{message}.EmailMessage.SimpleEmail.Subject": "must be a mapping in AWS's shape of SimpleEmailPart, not str",
        f"{message}.EmailMessage.RawEmail": "must be a mapping in AWS's shape of RawEmail, not list",
        f"{request}.Users['u-1'].Context['a']": "must be a string, not int: write str(…)",
        f"{request}.Users['u-2']": "must be a mapping in AWS's shape of EndpointSendConfiguration, not None",
        f"{request}.Users['u-3']": "must be a mapping in AWS's shape of EndpointSendConfiguration, not str",
        f"{request}.traceid": (
            "no member of SendUsersMessageRequest; "
            "allowed: Context, MessageConfiguration, TemplateConfiguration, TraceId, Users; did you mean TraceId?"
        ),
    }


def no_member(name, near):
    allowed = "Body, Keyword, MediaUrl, MessageType, OriginationNumber, SenderId, Substitutions, EntityId, TemplateId"
    return f"no member of {name}; allowed: {allowed}; did you mean {near}?"


def test_a_missing_required_member_is_told():
    assert faults_of(p.SendUsersMessagesRequest, {"SendUsersMessageRequest": {"Users": {}}}) == {
        "SendUsersMessageRequest.MessageConfiguration": "is required",
        "ApplicationId": "is required",
    }


def test_rules_between_members_are_told_in_awss_names():
    shape = {"EmailMessage": {"RawEmail": {"Data": b"A: b"}, "SimpleEmail": {}}}
    assert list(faults_of(p.DirectMessageConfiguration, shape)) == ["EmailMessage.RawEmail"]


def test_a_part_that_cannot_be_read_makes_no_second_fault():
    assert list(faults_of(p.SendUsersMessageRequest, {"MessageConfiguration": 1, "Users": []})) == [
        "MessageConfiguration",
        "Users",
    ]
    assert list(faults_of(p.SimpleEmail, {"Headers": {"X-A": "1"}})) == ["Headers"]


@pytest.mark.parametrize("cls", REQUEST_SHAPES + ANSWER_SHAPES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("shape", [None, "text", ["list"], 1])
def test_only_a_mapping_can_be_read(cls, shape):
    assert list(faults_of(cls, shape)) == [""]


@given(st.sampled_from(REQUEST_SHAPES), st.dictionaries(st.text(max_size=5) | st.integers(), json_values, min_size=1))
def test_no_shape_raises_anything_else(cls, shape):
    faults_of(cls, shape)


@given(st.sampled_from(ANSWER_SHAPES), st.dictionaries(st.text(max_size=5) | st.integers(), json_values))
def test_no_answer_raises_anything_else(cls, shape):
    with contextlib.suppress(p.ValidationError):
        cls.from_dict(shape)


def nested(levels):
    value = "x"
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


class Unwritable:
    """As Python's own int of more than 4,300 digits is."""

    def __repr__(self):
        raise ValueError("too long")


@pytest.mark.parametrize("key", [Unwritable(), None, 1.5, b"Body", ("Body",)], ids=lambda key: type(key).__name__)
def test_a_key_of_any_kind_is_told(key):
    name = "<Unwritable>" if isinstance(key, Unwritable) else repr(key)
    assert list(faults_of(p.SMSMessage, {key: "x"})) == [name]
    assert faults_of(p.SMSMessage, {"Substitutions": {key: "x"}}).keys() == {f"Substitutions[{name}]"}
    users = faults_of(p.SendUsersMessageRequest, {"MessageConfiguration": {}, "Users": {key: 1}})
    assert users.keys() == {f"Users[{name}]"}
    assert list(faults_of(p.EndpointMessageResult, {**RESULT, key: "x"})) == [f"[{name}]"]


@pytest.mark.parametrize("value", [nested(5_000), 10**5_000, Unwritable()], ids=["deep", "endless", "unwritable"])
@pytest.mark.parametrize("cls", [p.SMSMessage, p.APNSMessage, p.EndpointMessageResult])
def test_a_value_that_cannot_be_shown_is_told(cls, value):
    shape = dict.fromkeys(("Body", "MessageType", "Action", "TimeToLive", "DeliveryStatus"), value)
    known = {
        name: item for name, item in shape.items() if name in {"Body", "DeliveryStatus"} or cls is not p.EndpointMessageResult
    }
    assert faults_of(cls, known)


def test_a_key_that_is_an_enums_member_is_its_word():
    class Name(str, enum.Enum):
        BODY = "Body"
        BDY = "Bdy"
        NEW = "New"

    assert p.SMSMessage.from_dict({Name.BODY: "x"}) == p.SMSMessage(body="x")
    assert list(faults_of(p.SMSMessage, {Name.BDY: "x"})) == ["Bdy"]
    (member,) = p.EndpointMessageResult.from_dict({**RESULT, Name.NEW: "x"}).unknown_members
    assert (member, type(member)) == ("New", str)


def test_null_is_no_value_in_a_request():
    assert p.SMSMessage.from_dict({"Body": None}) == p.SMSMessage()


def test_data_are_bytes_for_boto3_and_base64_in_json():
    assert p.RawEmail.from_dict({"Data": b"A: b"}) == from_wire(p.RawEmail, {"Data": "QTogYg=="})
    for wrong in ("no base64", 7, "QTogYg"):
        assert list(faults_of(p.RawEmail, {"Data": wrong}, lambda shape: from_wire(p.RawEmail, shape))) == ["Data"]
    assert list(faults_of(p.RawEmail, {"Data": "QTogYg=="})) == ["Data"]
    assert "has a lone surrogate" in faults_of(p.RawEmail, {"Data": "A: \ud83d"})["Data"]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, bytes.decode])
def test_data_are_what_boto3_takes(kind):
    mime = "Subject: Grüße\r\n\r\nbody".encode()
    email = p.EmailMessage.from_dict({"RawEmail": {"Data": kind(mime)}})
    assert email == p.EmailMessage(raw_email=p.RawEmail(data=mime))
    assert p.EmailMessage.from_dict(email.to_dict()) == email


# --- answers


def endpoint_of(shape):
    answer = {"ApplicationId": "a", "RequestId": "r", "Result": {"u": {"e": shape}}}
    response = p.SendUsersMessageResponse.from_dict(answer)
    assert response.to_dict() == answer
    return response.result["u"]["e"]


def test_an_unknown_status_is_kept_and_says_so():
    result = endpoint_of({"DeliveryStatus": "TIMEOUT", "StatusCode": 500})
    assert result.delivery_status == "TIMEOUT"
    assert result.delivery_status.is_unknown
    assert not result.delivery_status.is_throttled


def test_unknown_members_are_kept():
    result = endpoint_of({**RESULT, "NewMember": {"a": [1, {"b": None}]}, "UnknownMembers": "x"})
    assert result.unknown_members == {"NewMember": {"a": (1, {"b": None})}, "UnknownMembers": "x"}
    answer = {"ApplicationId": "a", "NewMember": [1]}
    assert p.SendUsersMessageResponse.from_dict(answer).to_dict() == answer


def test_unknown_members_nest_as_deeply_as_can_be_used():
    for shape in (nested(99), [nested(50), nested(98)]):
        result = endpoint_of({**RESULT, "NewMember": shape})
        assert hash(result) == hash(pickle.loads(pickle.dumps(result)))
        assert repr(result)
    for levels in (101, 900, 5_000):
        assert faults_of(p.EndpointMessageResult, {**RESULT, "NewMember": nested(levels), "Other": nested(levels)}) == {
            "['NewMember']": "is nested more than 100 levels deep",
            "['Other']": "is nested more than 100 levels deep",
        }


def test_a_known_member_cannot_be_among_the_unknown():
    with pytest.raises(p.ValidationError) as caught:
        p.EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200, unknown_members={"Address": "x", "New": 1})
    assert str(caught.value) == "EndpointMessageResult: unknown_members['Address']: is known: it is the field address"
    with pytest.raises(p.ValidationError, match=r"unknown_members\[1\]: a key must be a string, not int: write str"):
        p.EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200, unknown_members={1: "x"})
    with pytest.raises(p.ValidationError, match="unknown_members: must be a mapping, not list"):
        p.EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200, unknown_members=[])


def test_null_members_of_an_answer_are_unset():
    result = p.EndpointMessageResult.from_dict({**RESULT, "Address": None, "MessageId": None, "New": None})
    assert result.address is None
    assert result.unknown_members == {"New": None}
    response = p.SendUsersMessageResponse.from_dict(
        {"ApplicationId": "a", "Result": {"u": None, "v": {"e": None, "f": RESULT}}}
    )
    assert response.result == {"v": {"f": p.EndpointMessageResult.from_dict(RESULT)}}


def test_a_missing_result_is_unset():
    assert p.SendUsersMessageResponse.from_dict({"ApplicationId": "a"}).result is None
    assert p.SendUsersMessageResponse.from_dict({"ApplicationId": "a", "Result": None}).result is None
    assert p.SendUsersMessageResponse.from_dict({"ApplicationId": "a", "Result": {}}).result == {}


def test_the_empty_endpoint_id_of_a_user_without_endpoints_is_kept():
    none = {
        "Address": "",
        "DeliveryStatus": "PERMANENT_FAILURE",
        "StatusCode": 400,
        "StatusMessage": "No endpoints found for userId.",
    }
    response = p.SendUsersMessageResponse.from_dict({"ApplicationId": "a", "Result": {"u": {"": none}}})
    assert response.result["u"][""].address == ""
    assert response.result["u"][""].to_dict() == none


def test_what_cannot_be_read_of_an_answer_costs_nothing_else():
    answer = {
        "ApplicationId": 7,
        "Result": {
            "u": {"e": {"DeliveryStatus": 1, "StatusCode": 200}, "f": [], "g": {"DeliveryStatus": "SUCCESSFUL", "Address": 2}},
            "v": "x",
        },
        "RequestId": "r",
    }
    read = p.SendUsersMessageResponse.from_dict(answer)
    result = p.EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=0, unknown_members={"Address": 2})
    assert read.result == {"u": {"g": result}}
    assert read.request_id == "r"
    assert read.application_id == ""
    assert sorted(read.unknown_members) == ["ApplicationId", "Result"]
    assert read.to_dict() == answer
    assert p.SendUsersMessageResponse.from_dict(read.to_dict()) == read
    assert faults_of(p.EndpointMessageResult, {"StatusCode": 200}) == {"DeliveryStatus": "is required"}


@given(
    member=st.sampled_from(["Address", "StatusCode", "MessageId", "StatusMessage", "UpdatedToken"]),
    value=st.floats(allow_nan=False) | st.lists(st.integers()) | st.booleans(),
)
def test_a_member_of_a_result_that_cannot_be_read_is_kept_as_it_came(member, value):
    data = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "Address": "+12065550100", member: value}
    read = p.EndpointMessageResult.from_dict(data)
    assert list(read.unknown_members) == [member]
    assert read.to_dict() == data
    assert p.EndpointMessageResult.from_dict(read.to_dict()) == read
    if member == "Address" and isinstance(value, float) and len(str(value)) > 8:
        assert str(value) not in repr(read)


def test_results_by_constructor_have_their_place_too():
    with pytest.raises(p.ValidationError) as caught:
        p.SendUsersMessageResponse(application_id="a", result={"u": {"e": RESULT}, "v": 1, 2: {}})
    assert [str(fault) for fault in caught.value.faults] == [
        "result[2]: a key must be a string, not int: write str(…)",
        "result['u']['e']: must be EndpointMessageResult, not dict: EndpointMessageResult.from_dict(…) reads AWS's shape",
        "result['v']: must be a mapping, not int",
    ]
    with pytest.raises(p.ValidationError, match="result: must be a mapping, not list"):
        p.SendUsersMessageResponse(application_id="a", result=[])


@pytest.mark.parametrize(
    ("text", "details"),
    [
        (
            '{"errorMessage": "Bad token", "pushProviderStatusCode": "400", "more": [1]}',
            {"errorMessage": "Bad token", "more": (1,)},
        ),
        ("No endpoints found for userId.", {}),
        ("[1, 2]", {}),
        ("[" * 100_000, {}),
        ('{"a":' * 500 + "1" + "}" * 500, {}),
        ("", {}),
        (None, {}),
    ],
    ids=["object", "text", "list", "deep", "deep object", "empty", "none"],
)
def test_a_status_message_that_holds_json_is_there_parsed(text, details):
    shape = RESULT if text is None else {**RESULT, "StatusMessage": text}
    result = p.EndpointMessageResult.from_dict(shape)
    assert details.items() <= result.details.items()
    assert result.status_message == text
    assert bool(details) == bool(result.details)
    with pytest.raises(TypeError):
        result.details["new"] = 1


def test_answers_print_as_something_to_read():
    answer = {
        "ApplicationId": "app",
        "RequestId": "r-1",
        "Result": {
            "u-1": {"e-1": {**RESULT, "StatusMessage": "MessageId: 7"}},
            "u-2": {"": {"DeliveryStatus": "PERMANENT_FAILURE", "StatusCode": 400}},
        },
    }
    assert str(p.SendUsersMessageResponse.from_dict(answer)) == (
        "request r-1 of application app: 2 users\n"
        "  u-1 e-1: SUCCESSFUL (200, MessageId: 7)\n"
        "  u-2 (no endpoint): PERMANENT_FAILURE (400)"
    )
    assert str(p.SendUsersMessageResponse(application_id="app", request_id="r")) == "request r of application app: 0 users"
