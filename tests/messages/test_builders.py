"""Builders: one a class, a method a field, copy on write, and every fault of the whole tree at the end."""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import operator
import types
from email.message import Message
from pathlib import Path
from typing import Literal, Union, get_args, get_origin, get_type_hints

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ANSWER_SHAPES, REQUEST_SHAPES, arguments_of, values_of, values_of_field
from typing_extensions import Self

import pinpoint_users as p

SHAPES = REQUEST_SHAPES + ANSWER_SHAPES
BUILDERS = {cls: getattr(p, f"{cls.__name__}Builder") for cls in SHAPES}
ADDERS = {
    "attributes": "attribute",
    "metrics": "metric",
    "user_attributes": "user_attribute",
    "context": "context_entry",
    "data": "data_entry",
    "headers": "header",
    "reply_to_addresses": "reply_to_address",
    "result": "user_result",
    "substitutions": "substitution",
    "unknown_members": "unknown_member",
    "users": "user",
}
each_class = pytest.mark.parametrize("cls", SHAPES, ids=lambda cls: cls.__name__)


def fields_of(cls):
    return {field.name: field for field in attrs.fields(cls)}


def hints_of(function):
    """The types of a function's arguments, with what only type checkers import."""
    return get_type_hints(function, localns={"StandardMessage": Message})


def is_many(cls, name):
    """Whether a field holds a mapping or a list, bytes in a mapping's clothes aside."""
    hint = get_type_hints(cls)[name]
    hints = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else [hint]
    return any(get_origin(choice) not in (None, Literal) for choice in hints)


def with_builders(hint):
    """A type, where a message may also be its unfinished builder."""
    if hint in BUILDERS:
        return hint | BUILDERS[hint]
    arguments = [with_builders(argument) for argument in get_args(hint)]
    if not arguments or get_origin(hint) is Literal:
        return hint
    if get_origin(hint) in (Union, types.UnionType):
        return functools.reduce(operator.or_, arguments)
    return get_origin(hint)[tuple(arguments)]


def accepted_type(field):
    """What the constructor takes for a field."""
    hints = hints_of(field.converter)
    return next(hint for name, hint in hints.items() if name != "return")


def docs_of_fields(cls):
    """The docstring under each field, from the source."""
    if not attrs.has(cls):
        return {}
    tree = ast.parse(Path(inspect.getfile(cls)).read_text(encoding="utf-8"))
    inherited = docs_of_fields(cls.__base__)
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == cls.__name__)
    return inherited | {
        field.target.id: doc.value.value
        for field, doc in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.value, ast.Call) and isinstance(doc, ast.Expr)
    }


@each_class
def test_a_builder_has_a_method_for_each_field_and_an_adder_for_each_that_holds_many(cls):
    adders = {ADDERS[name] for name in fields_of(cls) if is_many(cls, name)}
    methods = {name for name in dir(BUILDERS[cls]) if not name.startswith("_")}
    assert methods == {*fields_of(cls), *adders, "build"}


@each_class
def test_a_method_takes_what_the_constructor_takes_or_an_unfinished_builder_of_it(cls):
    for name, field in fields_of(cls).items():
        method = getattr(BUILDERS[cls], name)
        hints = hints_of(method)
        accepted = with_builders(accepted_type(field))
        wanted = accepted if field.default is attrs.NOTHING else accepted | None
        assert hints == {"value": wanted, "return": Self}, name
        assert inspect.signature(method).parameters["value"].kind is inspect.Parameter.POSITIONAL_ONLY


@each_class
def test_adders_return_the_builder_and_say_what_they_add_to(cls):
    for name in fields_of(cls):
        if is_many(cls, name):
            adder = getattr(BUILDERS[cls], ADDERS[name])
            assert get_type_hints(adder)["return"] is Self
            assert f"to `{name}`" in adder.__doc__.splitlines()[0]


@each_class
def test_a_methods_words_are_its_fields_words(cls):
    docs = docs_of_fields(cls)
    assert list(docs) == list(fields_of(cls))
    for name, doc in docs.items():
        assert getattr(BUILDERS[cls], name).__doc__ == doc
        assert "\n" not in doc
        assert doc.endswith(".")


@each_class
def test_builder_takes_the_required_fields_and_no_other(cls):
    required = [name for name, field in fields_of(cls).items() if field.default is attrs.NOTHING]
    parameters = inspect.signature(cls.builder).parameters
    assert sorted(parameters) == sorted(required)
    hints = get_type_hints(cls.builder)
    assert hints.pop("return") is BUILDERS[cls]
    assert hints == {name: with_builders(accepted_type(fields_of(cls)[name])) for name in required}
    assert {parameter.kind for parameter in parameters.values()} <= {inspect.Parameter.KEYWORD_ONLY}
    assert get_type_hints(cls.to_builder)["return"] is BUILDERS[cls]


@each_class
def test_a_missing_required_field_is_an_error(cls):
    for missing in inspect.signature(cls.builder).parameters:
        with pytest.raises(TypeError, match=missing):
            cls.builder(**dict.fromkeys(set(inspect.signature(cls.builder).parameters) - {missing}, "x"))


@each_class
@given(data=st.data())
def test_a_builder_makes_what_the_constructor_makes(cls, data):
    arguments = data.draw(arguments_of(cls))
    builder = cls.builder(**{name: arguments[name] for name in inspect.signature(cls.builder).parameters})
    for name, value in arguments.items():
        builder = getattr(builder, name)(value)
    assert builder.build() == cls(**arguments)


@each_class
@settings(max_examples=5)
@given(data=st.data())
def test_each_method_sets_its_field(cls, data):
    required = {name: data.draw(values_of_field(cls, name)) for name in inspect.signature(cls.builder).parameters}
    for name in fields_of(cls):
        value = data.draw(values_of_field(cls, name))
        assert getattr(cls.builder(**required), name)(value).build() == cls(**{**required, name: value})


@each_class
@given(data=st.data())
def test_to_builder_starts_from_the_message(cls, data):
    value = data.draw(values_of(cls))
    assert type(value.to_builder()) is BUILDERS[cls]
    assert value.to_builder().build() == value


def test_methods_leave_their_builder_as_it_was():
    base = p.SMSMessage.builder().body("hello").substitution("a", "1")
    loud = base.body("HELLO").substitution("b", "2")
    assert base.build() == p.SMSMessage(body="hello", substitutions={"a": ["1"]})
    assert loud.build() == p.SMSMessage(body="HELLO", substitutions={"a": ["1"], "b": ["2"]})
    assert base.build() == base.build()


def test_each_adder_adds():
    assert p.SMSMessage.builder().substitution("order", "A-17").substitution("n", "1", "2").build() == p.SMSMessage(
        substitutions={"order": ["A-17"], "n": ["1", "2"]}
    )
    assert p.GCMMessage.builder().data({"a": "1"}).data_entry("b", "2").build().data == {"a": "1", "b": "2"}
    assert p.EndpointSendConfiguration.builder().context_entry("a", "1").build().context == {"a": "1"}
    headers = p.SimpleEmail.builder().header("X-A", "1").header("X-B", "2").build().headers
    assert headers == (p.MessageHeader(name="X-A", value="1"), p.MessageHeader(name="X-B", value="2"))
    email = p.EmailMessage.builder().reply_to_address("a@example.com").reply_to_address("b@example.com").build()
    assert email.reply_to_addresses == ("a@example.com", "b@example.com")


@each_class
def test_each_class_has_its_adders(cls):
    builder = cls.builder(**{name: {} for name in inspect.signature(cls.builder).parameters})
    for name in filter(functools.partial(is_many, cls), fields_of(cls)):
        arguments = ("value",) if name == "reply_to_addresses" else ("name", "value")
        assert "value" in repr(getattr(builder, ADDERS[name])(*arguments)), name


def test_adders_of_the_request_and_its_answer_add():
    user = p.EndpointSendConfiguration(body_override="hi")
    request = (
        p.SendUsersMessageRequest.builder(message_configuration=p.DirectMessageConfiguration(), users={})
        .context_entry("a", "1")
        .user("u-1")
        .user("u-2", user)
        .user("u-3", user.to_builder().title_override("t"))
        .build()
    )
    assert request.context == {"a": "1"}
    assert request.users == {
        "u-1": p.EndpointSendConfiguration(),
        "u-2": user,
        "u-3": p.EndpointSendConfiguration(body_override="hi", title_override="t"),
    }
    endpoint = p.EndpointMessageResult.builder(delivery_status="SUCCESSFUL", status_code=200).unknown_member("New", [1])
    answer = p.SendUsersMessageResponse.builder(application_id="a").user_result("u-1", {"e": endpoint}).build()
    assert answer.result == {"u-1": {"e": endpoint.build()}}
    assert answer.result["u-1"]["e"].unknown_members == {"New": (1,)}


def test_an_adder_replaces_an_entry_of_the_same_name():
    builder = p.SMSMessage.builder().substitution("a", "1").substitution("a", "2")
    assert builder.build().substitutions == {"a": ("2",)}


def test_nested_builders_are_built():
    configuration = p.DirectMessageConfiguration.builder().sms_message(p.SMSMessage.builder().body("hi"))
    request = p.SendUsersMessageRequest.builder(
        message_configuration=configuration, users={"u": p.EndpointSendConfiguration.builder().substitution("a", "1")}
    )
    whole = p.SendUsersMessagesRequest.builder(application_id="app", send_users_message_request=request).build()
    assert whole == p.SendUsersMessagesRequest(
        application_id="app",
        send_users_message_request=p.SendUsersMessageRequest(
            message_configuration=p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="hi")),
            users={"u": p.EndpointSendConfiguration(substitutions={"a": ["1"]})},
        ),
    )
    email = (
        p.SimpleEmail.builder().subject(p.SimpleEmailPart.builder().data("s")).headers([p.MessageHeader.builder().name("X")])
    )
    assert email.build() == p.SimpleEmail(subject=p.SimpleEmailPart(data="s"), headers=[p.MessageHeader(name="X")])


def faults_of(builder):
    with pytest.raises(p.ValidationError) as caught:
        builder.build()
    return {fault.path: fault.problem for fault in caught.value.faults}


def test_build_tells_every_fault_of_the_tree_with_its_path():
    message = (
        p.DirectMessageConfiguration.builder()
        .sms_message(p.SMSMessage.builder().message_type("TRANSACTIONL").substitutions({"code": "1"}))
        .email_message(
            p.EmailMessage.builder()
            .body(7)
            .simple_email(
                p.SimpleEmail.builder().subject("two\nlines").headers([p.MessageHeader.builder().name("a b"), "X: y"])
            )
        )
        .gcm_message({"Body": "x"})
    )
    request = p.SendUsersMessageRequest.builder(
        message_configuration=message,
        users={"u-1": p.EndpointSendConfiguration.builder().substitution("a", 1), "u-2": None},
    ).trace_id(1)
    whole = p.SendUsersMessagesRequest.builder(application_id=5, send_users_message_request=request)
    assert list(faults_of(whole)) == [
        "application_id",
        "send_users_message_request.message_configuration.sms_message.message_type",
        "send_users_message_request.message_configuration.sms_message.substitutions['code']",
        "send_users_message_request.message_configuration.email_message.body",
        "send_users_message_request.message_configuration.email_message.simple_email.subject",
        "send_users_message_request.message_configuration.email_message.simple_email.headers[0].name",
        "send_users_message_request.message_configuration.email_message.simple_email.headers[1]",
        "send_users_message_request.message_configuration.gcm_message",
        "send_users_message_request.users['u-1'].substitutions['a'][0]",
        "send_users_message_request.users['u-2']",
        "send_users_message_request.trace_id",
    ]


def test_faults_in_lists_and_maps_of_builders_have_their_place():
    headers = [p.MessageHeader.builder().name("X-A"), p.MessageHeader.builder().name("")]
    assert faults_of(p.SimpleEmail.builder().headers(headers)) == {"headers[1].name": "0 characters, from 1 to 126 are allowed"}
    endpoint = p.EndpointMessageResult.builder(delivery_status="SUCCESSFUL", status_code="200")
    answer = p.SendUsersMessageResponse.builder(application_id="a").result({"u": {"e": endpoint}})
    assert faults_of(answer) == {"result['u']['e'].status_code": "must be an int, not str: write int(…)"}


def test_an_error_names_the_class_that_was_built():
    with pytest.raises(p.ValidationError, match=r"^DirectMessageConfiguration: sms_message.body: must be a string, not int"):
        p.DirectMessageConfiguration.builder().sms_message(p.SMSMessage.builder().body(1)).build()


def test_adding_to_what_is_no_mapping_or_list_is_told_by_build():
    sms = p.SMSMessage.builder().substitutions("code").substitution("a", "1")
    assert faults_of(sms) == {"substitutions": "must be a mapping, not str"}
    email = p.EmailMessage.builder().reply_to_addresses("a@example.com").reply_to_address("b@example.com")
    assert faults_of(email) == {"reply_to_addresses": "must be a list, not str: write [value]"}


def test_a_builder_of_another_class_is_refused():
    configuration = p.DirectMessageConfiguration.builder().sms_message(p.VoiceMessage.builder().body("x"))
    assert faults_of(configuration) == {"sms_message": "must be SMSMessage, not VoiceMessage: hand it in as voice_message="}


def test_an_unknown_field_is_told_by_build():
    builder = p.SMSMessageBuilder(bdy="x")
    assert "did you mean body?" in faults_of(builder)["bdy"]
    with pytest.raises(AttributeError):
        p.SMSMessage.builder().bdy("x")


def test_repr_shows_what_is_set():
    builder = p.SMSMessage.builder().body("hi").substitution("a", "1")
    assert repr(builder) == "SMSMessageBuilder(body='hi', substitutions={'a': ('1',)})"
