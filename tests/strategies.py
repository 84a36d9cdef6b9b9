"""Generated values for hypothesis: of every class that bears an AWS shape, and answers as the service sends them.

    values_of(SMSMessage)      any message that can be made, each field set or not
    REQUEST_SHAPES             the classes that a request reaches, and endpoints with their parts
    ANSWER_SHAPES              the classes of an answer
    answers()                  a bare answer in AWS's shape, unknown words and members included

Strategies come from the types of the fields, so that a new field is generated without a word here; only the fields whose text
has a form of its own are named.
"""

from __future__ import annotations

import base64
import functools
import json
import types
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

import pinpoint_users as p
from pinpoint_users.enums import Word

T = TypeVar("T")

REQUEST_SHAPES: tuple[type[Any], ...] = (
    p.ADMMessage,
    p.APNSMessage,
    p.BaiduMessage,
    p.DefaultMessage,
    p.DefaultPushNotificationMessage,
    p.DirectMessageConfiguration,
    p.EmailMessage,
    p.Endpoint,
    p.EndpointBatchItem,
    p.EndpointDemographic,
    p.EndpointLocation,
    p.EndpointRequest,
    p.EndpointSendConfiguration,
    p.EndpointUser,
    p.GCMMessage,
    p.MessageHeader,
    p.RawEmail,
    p.SMSMessage,
    p.SendUsersMessageRequest,
    p.SendUsersMessagesRequest,
    p.SimpleEmail,
    p.SimpleEmailPart,
    p.Template,
    p.TemplateConfiguration,
    p.VoiceMessage,
)
ANSWER_SHAPES: tuple[type[Any], ...] = (p.EndpointMessageResult, p.SendUsersMessageResponse, p.SendUsersMessagesResponse)

texts = st.text(max_size=12)
lines = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=12)
names = st.text(min_size=1, max_size=6)
string_maps = st.dictionaries(names, texts, max_size=3)
string_lists = st.lists(texts, max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(texts, values, max_size=3),
    max_leaves=6,
)
json_objects = st.dictionaries(texts, json_values, max_size=3)
whole_seconds = st.integers(0, 10**9).map(str)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
integers = st.integers(-(2**31), 2**31 - 1)
md5_checksums = st.binary(min_size=16, max_size=16).map(lambda value: base64.b64encode(value).decode())
header_names = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=12)
mime_messages = st.builds(
    lambda subject, body: b"Subject: " + subject.encode() + b"\r\n\r\n" + body, lines, st.binary(max_size=20)
)
apns_payloads = st.one_of(
    st.fixed_dictionaries({"aps": st.fixed_dictionaries({"content-available": st.just(0)}, optional={"alert": texts})}),
    st.fixed_dictionaries({"aps": st.fixed_dictionaries({"content-available": st.just(1)})}, optional={"custom": json_values}),
)
unknown_members = st.dictionaries(st.from_regex(r"New[A-Z][a-z]{1,6}", fullmatch=True), json_values, max_size=2)

_BY_FIELD: dict[str, st.SearchStrategy[Any]] = {
    "ADMMessage.expires_after": whole_seconds,
    "ADMMessage.md5": md5_checksums,
    "APNSMessage.raw_content": apns_payloads,
    "APNSMessage.time_to_live": st.integers(0, 2**31 - 1),
    "BaiduMessage.time_to_live": st.integers(0, 604_800),
    "EmailMessage.feedback_forwarding_address": lines,
    "EmailMessage.from_address": lines,
    "EmailMessage.reply_to_addresses": st.lists(lines, max_size=3),
    "EndpointMessageResult.delivery_status": st.sampled_from(p.DeliveryStatus) | texts,
    "GCMMessage.time_to_live": st.integers(0, 2_419_200),
    "MessageHeader.name": header_names,
    "MessageHeader.value": lines,
    "RawEmail.data": mime_messages,
    "SimpleEmail.subject": st.deferred(lambda: st.builds(p.SimpleEmailPart, data=lines, charset=texts)),
}
"""Fields whose values have a form that their type doesn't tell."""

_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    float: numbers,
    int: integers,
    str: texts,
    Mapping[str, float]: st.dictionaries(names, numbers, max_size=3),
    Mapping[str, str]: string_maps,
    Mapping[str, tuple[str, ...]]: st.dictionaries(names, string_lists, max_size=3),
    Mapping[str, object]: unknown_members,
}


@functools.cache
def arguments_of(cls: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Keywords that the class's constructor takes: each required field, and any of the others."""
    fields = {field.name: field for field in attrs.fields(cls)}
    by_name = {name: values_of_field(cls, name) for name in fields}
    required = {name: by_name[name] for name, field in fields.items() if field.default is attrs.NOTHING}
    optional = {name: strategy for name, strategy in by_name.items() if name not in required}
    arguments = st.fixed_dictionaries(required, optional=optional)
    return arguments.map(_raw_or_simple) if cls is p.EmailMessage else arguments


@functools.cache
def values_of_field(cls: type[Any], name: str) -> st.SearchStrategy[Any]:
    """Anything that the constructor takes for a field."""
    if f"{cls.__name__}.{name}" in _BY_FIELD:
        return _BY_FIELD[f"{cls.__name__}.{name}"]
    return json_objects | json_objects.map(json.dumps) if name == "raw_content" else _typed(get_type_hints(cls)[name])


@functools.cache
def values_of(cls: type[T]) -> st.SearchStrategy[T]:
    """Any object of a class."""
    make: Callable[[dict[str, Any]], T] = lambda arguments: cls(**arguments)  # noqa: E731 - a typed lambda is the shortest form
    return arguments_of(cls).map(make)


def any_value(*classes: type[Any]) -> st.SearchStrategy[Any]:
    """Any object of any of the classes; of all classes, if none is named."""
    return st.sampled_from(classes or REQUEST_SHAPES + ANSWER_SHAPES).flatmap(values_of)


@functools.cache
def answers() -> st.SearchStrategy[dict[str, Any]]:
    """A bare answer of `SendUsersMessages` as JSON has it: unknown words, unknown members, nulls and missing members too."""
    maybe_text = st.none() | texts
    endpoint = st.fixed_dictionaries(
        {"DeliveryStatus": st.sampled_from([*p.DeliveryStatus.__members__, "TIMEOUT"]), "StatusCode": integers},
        optional={
            "Address": maybe_text,
            "MessageId": maybe_text,
            "StatusMessage": maybe_text | json_objects.map(json.dumps),
            "UpdatedToken": maybe_text,
            "NewMember": json_values,
        },
    )
    result = st.dictionaries(texts, st.dictionaries(texts, endpoint, max_size=3), max_size=4)
    optional = {"RequestId": maybe_text, "Result": st.none() | result, "NewMember": json_values}
    return st.fixed_dictionaries({"ApplicationId": texts}, optional=optional)


def _typed(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not type(None))
    if hint in _BY_TYPE:
        return _BY_TYPE[hint]
    if attrs.has(hint):
        return st.deferred(lambda: values_of(hint))
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, Word):
        return st.sampled_from(hint) | st.sampled_from([*hint.__members__])
    item = _typed([argument for argument in get_args(hint) if argument is not ...][-1])
    return st.lists(item, max_size=3) if get_origin(hint) is tuple else st.dictionaries(texts, item, max_size=3)


def _raw_or_simple(arguments: dict[str, Any]) -> dict[str, Any]:
    """An e-mail is raw or simple, not both."""
    return {name: value for name, value in arguments.items() if name != "raw_email" or "simple_email" not in arguments}
