"""Seeded fuzzing: valid values to start from, what may happen to them, and how often each target is tried.

Every input comes from a random generator of its own, seeded by the target's name, FUZZ_SEED and the input's number, so that a
failure can be repeated by itself, by FUZZ_INPUT. FUZZ_TIMES multiplies the number of inputs.
"""

from __future__ import annotations

import collections
import copy
import datetime as dt
import decimal
import enum
import os
import random
import types
from collections.abc import Callable, Iterator
from typing import Any

from endpoint_shapes import ENDPOINT_SHAPES

import pinpoint_users as p
from pinpoint_users._shapes.frozen import FrozenDict

SEED = os.environ.get("FUZZ_SEED", "0")
TIMES = float(os.environ.get("FUZZ_TIMES", "1"))
ONLY = os.environ.get("FUZZ_INPUT")

counts: dict[str, int] = {}
"""How many inputs each target has been given in this process."""


def fuzz(target: str, small: int, check: Callable[[Fuzzer], object], *, allowed: type[Exception] | tuple[()] = ()) -> None:
    """Tries a target with many inputs.

    Args:
        target: Its name.
        small: How many inputs there are where FUZZ_TIMES is 1.
        check: Makes one input of a fuzzer, hands it over and looks at what comes of it.
        allowed: The only errors that it may raise; they must be able to show themselves.
    """
    numbers = range(int(small * TIMES)) if ONLY is None else [int(ONLY)]
    for number in numbers:
        counts[target] = counts.get(target, 0) + 1
        try:
            _try_once(f"{target}/{SEED}/{number}", check, allowed)
        except Exception as error:
            raise AssertionError(f"{target}: to see this input alone, set FUZZ_SEED={SEED} FUZZ_INPUT={number}") from error


def _try_once(name: str, check: Callable[[Fuzzer], object], allowed: type[Exception] | tuple[()]) -> None:
    try:
        check(Fuzzer(random.Random(name)))
    except allowed as error:
        if not str(error):
            raise


# --- valid values

CONFIGURATION: dict[str, Any] = {
    "BodyOverride": "Your code is {{code}}",
    "Context": {"why": "login"},
    "RawContent": '{"aps": {"content-available": 1}}',
    "Substitutions": {"code": ["123456"], "name": ["Ann", "Bo"]},
    "TitleOverride": "Hello",
}
_PUSH: dict[str, Any] = {
    "Action": "URL",
    "Body": "Order {{order}}",
    "Substitutions": {"order": ["7"]},
    "Title": "News",
    "Url": "https://shop.example/{{order}}",
}
_ANDROID: dict[str, Any] = {
    **_PUSH,
    "Data": {"k": "v"},
    "IconReference": "icon",
    "ImageIconUrl": "https://shop.example/i.png",
    "ImageUrl": "https://shop.example/l.png",
    "SilentPush": False,
    "SmallImageIconUrl": "https://shop.example/s.png",
    "Sound": "default",
}
_EMAIL: dict[str, Any] = {
    "Body": "Hello",
    "FeedbackForwardingAddress": "bounce@shop.example",
    "FromAddress": "shop@shop.example",
    "ReplyToAddresses": ["help@shop.example"],
    "Substitutions": {"name": ["Ann"]},
}
_SIMPLE_EMAIL: dict[str, Any] = {
    "HtmlPart": {"Charset": "UTF-8", "Data": "<p>Hi {{name}}</p>"},
    "Subject": {"Charset": "UTF-8", "Data": "Hi {{name}}"},
    "TextPart": {"Charset": "UTF-8", "Data": "Hi {{name}} → äöü 🎉"},
    "Headers": [{"Name": "List-Unsubscribe", "Value": "<https://shop.example/{{name}}>"}],
}
_RAW = b"Subject: Hi\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n<p>{{name}} \xe9</p>"
MESSAGE: dict[str, Any] = {
    "ADMMessage": {**_ANDROID, "ConsolidationKey": "k", "ExpiresAfter": "3600", "MD5": "rL0Y20zC+Fzt72VPzMSk2A=="},
    "APNSMessage": {
        **_PUSH,
        "APNSPushType": "alert",
        "Badge": 1,
        "Category": "c",
        "CollapseId": "id",
        "Data": {"k": "v"},
        "MediaUrl": "https://shop.example/m.png",
        "PreferredAuthenticationMethod": "TOKEN",
        "Priority": "10",
        "SilentPush": False,
        "Sound": "default",
        "ThreadId": "t",
        "TimeToLive": 60,
    },
    "BaiduMessage": {**_ANDROID, "TimeToLive": 60},
    "DefaultMessage": {"Body": "Hi {{name}}", "Substitutions": {"name": ["you"]}},
    "DefaultPushNotificationMessage": {**_PUSH, "Data": {"k": "v"}, "SilentPush": False},
    "EmailMessage": {**_EMAIL, "SimpleEmail": _SIMPLE_EMAIL},
    "GCMMessage": {
        **_ANDROID,
        "CollapseKey": "k",
        "PreferredAuthenticationMethod": "TOKEN",
        "Priority": "high",
        "RestrictedPackageName": "example.app",
        "TimeToLive": 60,
    },
    "SMSMessage": {
        "Body": "Your code is {{code}} {{User.UserAttributes.Name}} {{#if vip}}!{{/if}}",
        "Keyword": "k",
        "MediaUrl": "https://shop.example/m.png",
        "MessageType": "TRANSACTIONAL",
        "OriginationNumber": "+12065550100",
        "SenderId": "Shop",
        "Substitutions": {"code": ["1"]},
        "EntityId": "e",
        "TemplateId": "t",
    },
    "VoiceMessage": {
        "Body": "<speak>Your code is {{code}}</speak>",
        "LanguageCode": "en-US",
        "OriginationNumber": "+12065550100",
        "Substitutions": {"code": ["1"]},
        "VoiceId": "Matthew",
    },
}
_TEMPLATE = {"Name": "n", "Version": "1"}
TEMPLATES: dict[str, Any] = {
    "EmailTemplate": _TEMPLATE,
    "PushTemplate": _TEMPLATE,
    "SMSTemplate": _TEMPLATE,
    "VoiceTemplate": _TEMPLATE,
    "InAppTemplate": _TEMPLATE,
}
REQUEST: dict[str, Any] = {
    "Context": {"campaign": "c"},
    "MessageConfiguration": MESSAGE,
    "TemplateConfiguration": TEMPLATES,
    "TraceId": "trace",
    "Users": {"u-1": CONFIGURATION, "u-2": {}},
}
RESULT: dict[str, Any] = {
    "Address": "+12065550100",
    "DeliveryStatus": "SUCCESSFUL",
    "MessageId": "m-1",
    "StatusCode": 200,
    "StatusMessage": '{"errorMessage": "none", "pushProviderStatusCode": "200"}',
    "UpdatedToken": "token",
}
ANSWER: dict[str, Any] = {
    "ApplicationId": "app",
    "RequestId": "r-1",
    "Result": {"u-1": {"e-1": RESULT, "e-2": {**RESULT, "DeliveryStatus": "THROTTLED"}}, "u-2": {"": RESULT}},
}
VALID: dict[type[Any], dict[str, Any]] = {
    p.ADMMessage: MESSAGE["ADMMessage"],
    p.APNSMessage: MESSAGE["APNSMessage"],
    p.BaiduMessage: MESSAGE["BaiduMessage"],
    p.DefaultMessage: MESSAGE["DefaultMessage"],
    p.DefaultPushNotificationMessage: MESSAGE["DefaultPushNotificationMessage"],
    p.DirectMessageConfiguration: MESSAGE,
    p.EmailMessage: {**_EMAIL, "RawEmail": {"Data": _RAW}},
    p.EndpointMessageResult: RESULT,
    p.EndpointSendConfiguration: CONFIGURATION,
    **ENDPOINT_SHAPES,
    p.GCMMessage: MESSAGE["GCMMessage"],
    p.MessageHeader: _SIMPLE_EMAIL["Headers"][0],
    p.RawEmail: {"Data": _RAW},
    p.SMSMessage: MESSAGE["SMSMessage"],
    p.SendUsersMessageRequest: REQUEST,
    p.SendUsersMessageResponse: ANSWER,
    p.SendUsersMessagesRequest: {"ApplicationId": "app", "SendUsersMessageRequest": REQUEST},
    p.SendUsersMessagesResponse: {"SendUsersMessageResponse": ANSWER, "ResponseMetadata": {"HTTPStatusCode": 200}},
    p.SimpleEmail: _SIMPLE_EMAIL,
    p.SimpleEmailPart: _SIMPLE_EMAIL["Subject"],
    p.Template: _TEMPLATE,
    p.TemplateConfiguration: TEMPLATES,
    p.VoiceMessage: MESSAGE["VoiceMessage"],
}
"""A valid value in AWS's shape for every class that has one."""

_WORDS = sorted({name for shape in VALID.values() for name in shape} | {"Result", "EndpointResult", "Endpoints", "Addresses"})


# --- odd values


class OddString(str):
    """A string that shows itself as something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return "shown"

    def __repr__(self) -> str:
        return "<odd>"

    def __format__(self, spec: str) -> str:
        return "formatted"


class OddInt(int):
    """An int that is none of JSON's."""

    __slots__ = ()


class OddMapping(collections.UserDict):
    """A mapping that is no dict."""


class OddDict(dict):
    """A dict that says that every key is there."""

    def __missing__(self, key: object) -> str:
        return "made up"


class Colour(str, enum.Enum):
    """A caller's own enum of strings."""

    RED = "red"


STRINGS = (
    "", " ", "a", "u-1", "e-1", "SUCCESSFUL", "THROTTLED", "TRANSACTIONAL", "\0", "\r\n", "\ud800", "x\udfffy",
    "\U0001f389", "é" * 200, "x" * 5_000, "{{", "}}", "{{code}}", "{{{name}}}", "{{a.[0]}}",
    "{{User.UserAttributes.[99999999999]}}", "{{#if x}}", "{" * 500, "[" * 500, "{{ " * 500, "{}", "[]", "null", "NaN",
    '{"a": 1e999}', '{"\\ud800": "\\udc00"}', '{"aps": {"content-available": 1, "alert": "x"}}', "[" * 3_000,
    '{"a":' * 3_000, "9" * 5_000, '{"a": ' + "9" * 5_000 + "}", "%2F", "../..", "<speak>", "<", "=?utf-8?q?=ff?=", "٣",
    "UnknownMembers", "__class__",
)  # fmt: skip
SCALARS = (
    None, True, False, 0, 1, -1, 200, 2**31, -(2**63), 2**64, 10**400, 10**5_000, -(10**5_000), 0.0, -0.0, 1.5, 1e308,
    float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
OBJECTS = (
    b"", b"\xff\xfe", b"Subject: x", bytearray(b"x"), OddString("odd"), OddString("Body"), OddInt(3), Colour.RED,
    p.DeliveryStatus.THROTTLED, p.DeliveryStatus("NEW"), p.Action.URL, decimal.Decimal("1.5"),
    dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), 1j, ..., object(), frozenset({1}), range(3), int, len,
    NotImplemented, p.SMSMessage(body="x"), p.SMSMessage.builder(), p.EndpointSendConfiguration(), FrozenDict(a=1),
    types.MappingProxyType({"Body": "x"}), OddMapping(Body="x"), OddDict(Body="x"), collections.OrderedDict(Body="x"),
)  # fmt: skip


class Fuzzer:
    """Makes and mutates values, all from one generator of random numbers."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.is_long = False

    def odd(self, *, json_only: bool = False) -> Any:
        """A value that is seldom expected."""
        kind = self.rng.random()
        if kind < 0.4:
            return self.string()
        if kind < 0.6:
            return self.rng.choice(SCALARS)
        if kind < 0.75:
            return self.deep()
        if kind < 0.9 or json_only:
            return self.value(json_only=json_only)
        return self.rng.choice(OBJECTS)

    def string(self) -> str:
        """Any string."""
        if self.rng.random() < 0.7:
            return self.rng.choice(STRINGS)
        return "".join(
            chr(self.rng.randrange(0x110000) if self.rng.random() < 0.2 else self.rng.randrange(128)) for _ in range(8)
        )

    def key(self, *, json_only: bool = False) -> Any:
        """A key of a mapping: a known word more often than not."""
        if self.rng.random() < 0.6:
            return self.rng.choice(_WORDS)
        if json_only or self.rng.random() < 0.5:
            return self.string()
        return self.rng.choice(
            (None, 1, 1.5, True, b"Body", ("Body",), float("nan"), 10**5_000, OddString("Body"), Colour.RED, ...)
        )

    def value(self, depth: int = 3, *, json_only: bool = False) -> Any:
        """A JSON-like value."""
        kind = self.rng.random()
        if depth and kind < 0.3:
            keys = [self.key(json_only=json_only) for _ in range(self.rng.randrange(4))]
            made = {key: self.value(depth - 1, json_only=json_only) for key in keys}
            return made if json_only or kind > 0.06 else self.rng.choice((OddMapping, OddDict, types.MappingProxyType))(made)
        if depth and kind < 0.5:
            return [self.value(depth - 1, json_only=json_only) for _ in range(self.rng.randrange(4))]
        return self.string() if kind < 0.75 else self.rng.choice(SCALARS)

    def deep(self) -> Any:
        """A value nested deeply, sometimes too deeply for Python's stack."""
        made: Any = "x"
        for _ in range(self.rng.choice((5, 50, 90, 300, 2_000))):
            made = [made] if self.rng.random() < 0.5 else {"Body": made}
        return made

    def mutated(self, value: Any, *, json_only: bool = False) -> Any:
        """The value with something wrong in it, or several things."""
        holder = {"": copy.deepcopy(value)}
        for _ in range(self.rng.choice((1, 1, 1, 2, 3, 5))):
            parent, key = self.rng.choice(list(_places(holder)))
            self._spoil(parent, key, value, json_only=json_only)
        return holder[""]

    def mutated_bytes(self, data: bytes) -> bytes:
        """The bytes with something wrong in them, or several things."""
        made = bytearray(data)
        for _ in range(self.rng.choice((1, 1, 2, 4, 16))):
            at = self.rng.randrange(len(made) + 1)
            to = min(len(made), at + self.rng.choice((1, 1, 2, 8, 200)))
            how = self.rng.randrange(6)
            if how == 0:
                del made[at:to]
            elif how == 1:
                made[at:at] = self.rng.randbytes(to - at)
            elif how == 2:
                made[at:to] = self.rng.randbytes(to - at)
            elif how == 3:
                made[at:at] = made[at:to] * self.rng.choice((1, 2, 50))
            elif how == 4:
                made[at:at] = self.rng.choice(
                    (b'"', b"{", b"}", b"[", b"\\", b"\\ud800", b"\0", b"null", b"1e999", b"\xff", b"\r\n", b"[" * 2_000)
                )
            else:
                del made[at:]
        return bytes(made)

    def any_bytes(self) -> bytes:
        """Bytes of any kind."""
        return self.rng.randbytes(self.rng.choice((0, 1, 2, 8, 64, 1_000)))

    def _spoil(self, parent: Any, key: Any, original: Any, *, json_only: bool) -> None:
        how = self.rng.randrange(8)
        value = parent[key]
        if how == 0 and key != "":
            del parent[key]
        elif how == 1 and type(value) is dict:
            value[self.key(json_only=json_only)] = self.odd(json_only=json_only)
        elif how == 2 and type(value) is dict and value:
            name = self.rng.choice(list(value))
            spelt = str(name) if isinstance(name, str) else "x"
            value[self.rng.choice((spelt.lower(), spelt + "s", spelt[1:], f" {spelt}"))] = value.pop(name)
        elif how == 3 and type(value) is dict and not json_only:
            parent[key] = self.rng.choice((OddMapping, OddDict, types.MappingProxyType, FrozenDict, list, tuple))(value)
        elif how == 4 and isinstance(value, str) and not json_only:
            parent[key] = self.rng.choice((OddString, str.encode if value.isascii() else OddString))(value)
        elif how == 5 and type(value) is list and not self.is_long:
            self.is_long = True  # once, as lists in lists would grow without end
            value *= self.rng.choice((2, 20, 120)) if len(value) < 5 else 2
        elif how == 6:
            parent[key] = self.rng.choice(([value], {"x": value}, (value,)))
        elif how == 7:
            other, at = self.rng.choice(list(_places({"": original})))
            parent[key] = copy.deepcopy(other[at])
        else:
            parent[key] = self.odd(json_only=json_only)


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Each place in a tree of dicts and lists: what holds it, and its key there."""
    waiting = [tree]
    while waiting:
        parent = waiting.pop()
        for key in range(len(parent)) if type(parent) is list else parent:
            yield parent, key
            if type(parent[key]) in {dict, list}:
                waiting.append(parent[key])
