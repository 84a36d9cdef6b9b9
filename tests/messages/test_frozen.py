"""Frozen means frozen: nothing that is handed in, and nothing that is taken out, changes a message."""

from __future__ import annotations

import copy
import json
import pickle
from types import MappingProxyType

import attrs
import pytest
from hypothesis import given
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, any_value

import pinpoint_users as p

SHAPES = REQUEST_SHAPES + ANSWER_SHAPES
MUTATIONS = {
    "set": lambda mapping: mapping.__setitem__("new", "value"),
    "delete": lambda mapping: mapping.__delitem__("key"),
    "clear": lambda mapping: mapping.clear(),
    "pop": lambda mapping: mapping.pop("key"),
    "popitem": lambda mapping: mapping.popitem(),
    "setdefault": lambda mapping: mapping.setdefault("new", "value"),
    "update": lambda mapping: mapping.update(new="value"),
    "or": lambda mapping: mapping.__ior__({"new": "value"}),
}


def test_changing_what_was_handed_to_the_constructor_changes_nothing():
    names, substitutions, data = ["Ann"], {"name": ["Ann"]}, {"key": "value"}
    substitutions["name"] = names
    message = p.GCMMessage(substitutions=substitutions, data=data)
    names.append("Bob")
    substitutions["other"] = ["x"]
    data.clear()
    assert message == p.GCMMessage(substitutions={"name": ["Ann"]}, data={"key": "value"})


def test_changing_what_was_handed_to_a_builder_changes_nothing():
    names, header, address = ["Ann"], p.MessageHeader(name="X-A", value="1"), ["a@example.com"]
    substitutions, headers, payload = {"name": names}, [header], {"aps": {"content-available": 0}}
    email = p.EmailMessage.builder().substitutions(substitutions).reply_to_addresses(address)
    simple = p.SimpleEmail.builder().headers(headers)
    push = p.APNSMessage.builder().raw_content(payload)
    for changed in (names, address, headers):
        changed.clear()
    substitutions.clear()
    payload["aps"]["content-available"] = 2
    assert email.build() == p.EmailMessage(substitutions={"name": ["Ann"]}, reply_to_addresses=["a@example.com"])
    assert simple.build().headers == (header,)
    assert push.build().raw_content == '{"aps":{"content-available":0}}'


def test_a_value_that_will_be_refused_is_kept_as_it_was_too():
    numbers = [1]
    builder = p.SMSMessage.builder().substitutions({"code": numbers})
    numbers[0] = "1"
    with pytest.raises(p.ValidationError, match=r"substitutions\['code'\]\[0\]: must be a string, not int"):
        builder.build()


def test_changing_what_from_dict_read_changes_nothing():
    answer = {
        "ApplicationId": "a",
        "Result": {"u": {"e": {"DeliveryStatus": "DUPLICATE", "StatusCode": 200, "New": {"x": [1]}}}},
    }
    response = p.SendUsersMessageResponse.from_dict(answer)
    before = copy.deepcopy(response)
    answer["Result"]["u"]["e"]["New"]["x"].append(2)
    answer["Result"]["u"].clear()
    assert response == before
    assert response.result["u"]["e"].unknown_members == {"New": {"x": (1,)}}


def test_changing_what_to_dict_gives_changes_nothing():
    request = p.SendUsersMessageRequest(
        context={"key": "value"},
        message_configuration=p.DirectMessageConfiguration(),
        users={"u": p.EndpointSendConfiguration(substitutions={"a": ["1"]})},
    )
    shape = request.to_dict()
    shape["Context"].clear()
    shape["Users"]["u"]["Substitutions"]["a"].clear()
    shape["Users"].clear()
    assert request.context == {"key": "value"}
    assert request.users["u"].substitutions == {"a": ("1",)}


@pytest.mark.parametrize("mutate", MUTATIONS.values(), ids=MUTATIONS)
def test_mappings_inside_refuse_every_change(mutate):
    user = p.EndpointSendConfiguration(context={"key": "value"}, substitutions={"key": ["value"]})
    request = p.SendUsersMessageRequest(message_configuration=p.DirectMessageConfiguration(), users={"key": user})
    result = p.EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200, unknown_members={"key": {"key": 1}})
    response = p.SendUsersMessageResponse(application_id="a", result={"key": {"key": result}})
    mappings = [user.context, user.substitutions, request.users, response.result, response.result["key"]]
    for mapping in [*mappings, result.unknown_members, result.unknown_members["key"]]:
        before = dict(mapping)
        with pytest.raises(TypeError, match="frozen"):
            mutate(mapping)
        assert mapping == before


def test_a_copy_of_a_mapping_inside_is_a_dict_of_ones_own():
    user = p.EndpointSendConfiguration(context={"key": "value"})
    mine = {**user.context, "new": "value"}
    assert mine == {"key": "value", "new": "value"}
    assert user.context == {"key": "value"}


@pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)
def test_only_keywords_are_taken(cls):
    with pytest.raises(p.ValidationError, match="takes keywords only, not 1 positional"):
        cls("value")


@given(any_value())
def test_attributes_cannot_be_set_or_deleted_or_added(value):
    for field in attrs.fields(type(value)):
        with pytest.raises(AttributeError):
            setattr(value, field.name, getattr(value, field.name))
        with pytest.raises(AttributeError):
            delattr(value, field.name)
    with pytest.raises(AttributeError):
        value.new_attribute = 1
    assert not hasattr(value, "__dict__")


def test_values_are_equal_if_their_class_and_every_field_are():
    assert p.MessageHeader(name="A", value="1") == p.MessageHeader(value="1", name="A")
    assert p.MessageHeader(name="A", value="1") != p.MessageHeader(name="B", value="1")
    assert p.MessageHeader(name="A", value="1") != p.MessageHeader(name="A", value="2")
    assert p.APNSMessage(body="hi") != p.GCMMessage(body="hi")
    assert p.APNSMessage(body="hi") != "hi"
    assert len({p.APNSMessage(), p.GCMMessage(), p.GCMMessage(), p.GCMMessage(body="hi"), p.RawEmail(), p.RawEmail()}) == 4


@given(any_value())
def test_copies_and_pickles_are_equal_and_hash_alike(value):
    for other in (
        copy.copy(value),
        copy.deepcopy(value),
        pickle.loads(pickle.dumps(value)),
        pickle.loads(pickle.dumps(value, protocol=2)),
    ):
        assert other == value
        assert hash(other) == hash(value)
        assert type(other) is type(value)


@given(any_value())
def test_what_was_pickled_is_as_frozen_as_before(value):
    other = pickle.loads(pickle.dumps(value))
    for field in attrs.fields(type(other)):
        mapping = getattr(other, field.name)
        if isinstance(mapping, dict):
            with pytest.raises(TypeError):
                mapping["new"] = "value"


def test_values_that_differ_are_not_equal():
    message = p.SMSMessage(body="a", substitutions={"b": ["1"]})
    assert message != p.SMSMessage(body="a", substitutions={"b": ["2"]})
    assert message != p.SMSMessage(body="a")
    assert p.DefaultMessage(body="a") != p.VoiceMessage(body="a")


@given(any_value())
def test_repr_shows_the_fields_that_are_set(value):
    shown = repr(value)
    assert shown.startswith(f"{type(value).__name__}(")
    for field in attrs.fields(type(value)):
        if getattr(value, field.name) != field.default:
            assert f"{field.name}=" in shown


def test_repr_leaves_unset_fields_out():
    assert repr(p.SMSMessage()) == "SMSMessage()"
    assert repr(p.SMSMessage(body="hi", message_type="TRANSACTIONAL")) == (
        "SMSMessage(body='hi', message_type=<MessageType.TRANSACTIONAL: 'TRANSACTIONAL'>)"
    )


def test_repr_of_a_result_masks_the_address_and_the_token():
    result = p.EndpointMessageResult(
        address="+12065550100", delivery_status="SUCCESSFUL", status_code=200, updated_token="secret-device-token"
    )
    assert "address='+1…00'" in repr(result)
    assert "2065550" not in repr(result)
    assert "secret" not in repr(result)
    assert "address" not in repr(p.EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200))


@pytest.mark.parametrize(
    ("address", "said", "shown"),
    [
        ("+12065550100", 'Opted out: ResourceId="+12065550100"', 'Opted out: ResourceId="+1…00"'),
        ("+12065550100", "12065550100 is not for +442079460000.", "12…00 is not for +4…00."),
        ("ann@example.com", "Failed: ANN@example.com, <bob.b+x@mail.example.org>", "Failed: AN…om, <bo…rg>"),
        ("secret-device-token", "No secret-device-token.", "No se…en."),
        (None, "At 10:00 +0000 for +1206555 and @all: 429", "At 10:00 +0000 for … and @all: 429"),
        (None, f"No {64 * 'f'}, but {59 * 'f'}", f"No ff…ff, but {59 * 'f'}"),
        ("", "MessageId: 1e8xb8f", "MessageId: 1e8xb8f"),
        ("e", "the end", "the end"),
    ],
)
def test_what_a_result_shows_masks_addresses_in_the_status_message(address, said, shown):
    result = p.EndpointMessageResult(
        address=address, delivery_status="OPT_OUT", status_code=400, status_message=said, message_id="m-1"
    )
    user = p.UserResult(user_id="u-1", outcome=p.Outcome.FAILED, endpoints={"e-1": result})
    assert f"status_message={shown!r}" in repr(result)
    assert "message_id='m-1'" in repr(result)
    assert str(result) == f"OPT_OUT (400, {shown})"
    assert user.to_dict()["endpoints"]["e-1"]["StatusMessage"] == shown
    assert shown in str(user)
    for text in (repr(user), repr(user.endpoints)):
        assert f"status_message={shown!r}" in text
    assert result.status_message == result.to_dict()["StatusMessage"] == said


def test_a_status_message_that_is_no_string_is_masked_too():
    data = {"DeliveryStatus": "OPT_OUT", "StatusCode": 400, "StatusMessage": {"to": "+12065550100"}}
    result = p.EndpointMessageResult.from_dict(data)
    user = p.UserResult(user_id="u-1", outcome=p.Outcome.FAILED, endpoints={"e-1": result})
    for text in (repr(result), json.dumps(user.to_dict(), ensure_ascii=False)):
        assert "…" in text
        assert "2065550" not in text


def test_any_mapping_and_any_string_are_taken_and_leave_as_plain_ones():
    class Text(str):
        __slots__ = ()

    word = Text("word")
    user = p.EndpointSendConfiguration(
        body_override=word,
        context=MappingProxyType({word: word}),
        substitutions=MappingProxyType({word: (word,)}),
    )
    request = p.SendUsersMessageRequest(
        message_configuration=p.DirectMessageConfiguration(
            email_message=p.EmailMessage(reply_to_addresses=[word]), apns_message=p.APNSMessage(priority=Text("10"))
        ),
        users=MappingProxyType({word: user}),
    )
    assert request.to_dict() == {
        "MessageConfiguration": {"EmailMessage": {"ReplyToAddresses": ["word"]}, "APNSMessage": {"Priority": "10"}},
        "Users": {"word": {"BodyOverride": "word", "Context": {"word": "word"}, "Substitutions": {"word": ["word"]}}},
    }
    assert type_names(request.to_dict()) == {"dict", "list", "str"}


def type_names(value):
    parts = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    return {type(value).__name__}.union(*map(type_names, parts))
