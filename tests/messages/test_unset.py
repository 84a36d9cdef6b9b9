"""None for an optional member is the same as leaving it out: constructors, builders, AWS's shape, copies by other libraries."""

from __future__ import annotations

import copy
import inspect
import pickle
from importlib import metadata

import attrs
import cattrs
import pytest
from cattrs.preconf.json import make_converter
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, any_value, arguments_of

import pinpoint_users as p
from pinpoint_users._shapes.names import UNKNOWN_MEMBERS, member_name

CATTRS = tuple(map(int, metadata.version("cattrs").split(".")[:2]))

SHAPES = REQUEST_SHAPES + ANSWER_SHAPES
each_class = pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)


def fields_of(cls, *, required):
    return [field.name for field in attrs.fields(cls) if (field.default is attrs.NOTHING) is required]


def faults_of(make):
    with pytest.raises(p.ValidationError) as caught:
        make()
    return {fault.path: fault.problem for fault in caught.value.faults}


@each_class
@settings(max_examples=10)
@given(data=st.data())
def test_none_unsets_an_optional_field(cls, data):
    arguments = data.draw(arguments_of(cls))
    unset = dict.fromkeys(name for name in fields_of(cls, required=False) if name not in arguments)
    value = cls(**arguments)
    assert cls(**arguments, **unset) == value
    builder = cls.builder(**{name: arguments[name] for name in inspect.signature(cls.builder).parameters})
    for name, item in {**arguments, **unset}.items():
        builder = getattr(builder, name)(item)
    assert builder.build() == value
    shape = {member_name(name): None for name in unset if name != UNKNOWN_MEMBERS} | value.to_dict()
    assert cls.from_dict(shape) == value


@each_class
def test_none_takes_back_what_a_builder_was_told(cls):
    for name in fields_of(cls, required=False):
        builder = getattr(cls.builder(**dict.fromkeys(inspect.signature(cls.builder).parameters, "x")), name)
        assert name not in builder("wrong")._set(name, None)._values
        assert f"{name}=" not in repr(builder(None))


@pytest.mark.parametrize(
    ("cls", "right"),
    [
        (p.SendUsersMessageRequest, {"message_configuration": p.DirectMessageConfiguration(), "users": {}}),
        (p.EndpointMessageResult, {"delivery_status": "SUCCESSFUL", "status_code": 200}),
        (p.SendUsersMessageResponse, {"application_id": "a"}),
    ],
)
def test_none_for_a_required_field_is_a_fault(cls, right):
    assert list(right) == fields_of(cls, required=True)
    for name in right:
        wrong = {**right, name: None}
        wanted = {name: "is required, and None isn't a value"}
        assert faults_of(lambda wrong=wrong: cls(**wrong)) == wanted
        assert faults_of(lambda wrong=wrong: cls.builder(**wrong).build()) == wanted


def test_none_for_a_required_member_is_a_fault():
    shape = {"ApplicationId": None, "SendUsersMessageRequest": None}
    assert list(faults_of(lambda: p.SendUsersMessagesRequest.from_dict(shape))) == ["SendUsersMessageRequest", "ApplicationId"]


def test_none_and_other_faults_are_told_together():
    assert faults_of(lambda: p.SMSMessage(body=None, sender_id=1, bdy=None)).keys() == {"sender_id", "bdy"}
    assert faults_of(lambda: p.SendUsersMessageRequest(users=None, context=None, trace_id=1)).keys() == {
        "message_configuration",
        "users",
        "trace_id",
    }


def test_a_user_with_variables_alone_is_made_the_same_way():
    variables = {"a": ["b"]}
    assert p.EndpointSendConfiguration(substitutions=variables, context=None) == p.EndpointSendConfiguration(
        substitutions=variables
    )
    assert p.EndpointSendConfiguration(substitutions=None) == p.EndpointSendConfiguration()


def test_an_unfinished_builder_inside_is_no_none():
    unfinished = p.SMSMessage.builder().body(1)
    assert faults_of(p.DirectMessageConfiguration.builder().sms_message(unfinished).build) == {
        "sms_message.body": "must be a string, not int: write str(…)"
    }


@given(any_value())
def test_copies_are_the_same_value(value):
    assert attrs.evolve(value) == value
    assert copy.copy(value) == copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value


@pytest.mark.skipif(CATTRS < (25, 1), reason="older ones have no hook for the object of an answer's unknown members")
@given(any_value())
def test_cattrs_gives_the_same_value(value):
    cls = type(value)
    plain, as_json = cattrs.Converter(), make_converter()
    assert plain.structure(plain.unstructure(value), cls) == value
    assert as_json.loads(as_json.dumps(value), cls) == value


def test_evolve_changes_a_copy():
    message = p.SMSMessage(body="a", sender_id="s")
    assert attrs.evolve(message, body="b") == p.SMSMessage(body="b", sender_id="s")
    assert attrs.evolve(message, sender_id=None) == p.SMSMessage(body="a")
    assert message == p.SMSMessage(body="a", sender_id="s")
    with pytest.raises(p.ValidationError, match="body: must be a string"):
        attrs.evolve(message, body=1)


def refusal(change):
    with pytest.raises(attrs.exceptions.FrozenInstanceError) as caught:
        change()
    for error in (caught.value, pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert str(error) == str(caught.value)
    return str(caught.value)


def test_what_is_frozen_says_how_a_changed_copy_is_made():
    message = p.SMSMessage(body="a")
    remedy = "attrs.evolve(value, body=…), or value.to_builder().body(…).build() makes a changed copy"
    for change in (lambda: setattr(message, "body", "b"), lambda: delattr(message, "body")):
        assert refusal(change) == f"SMSMessage is frozen, body can't be set or deleted: {remedy}"
    assert "no field of it is bdy; allowed: body, " in refusal(lambda: setattr(message, "bdy", "b"))
    assert "to_builder" not in refusal(lambda: setattr(p.RetryPolicy(), "max_attempts", 1))
    assert message == p.SMSMessage(body="a")
