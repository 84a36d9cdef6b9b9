"""What people write first works, or is refused with the right form."""

from __future__ import annotations

import base64
import email
import enum
import json
import math
from collections import UserDict
from email.header import Header
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTPUTF8
from types import MappingProxyType
from typing import get_args

import attrs
import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.serialize import create_serializer

import pinpoint_users as p
from pinpoint_users._shapes.writing import to_wire


def faults_of(cls, **values):
    with pytest.raises(p.ValidationError) as caught:
        cls(**values)
    return [str(fault) for fault in caught.value.faults]


def test_a_substitution_is_a_list_of_strings():
    message = p.SMSMessage.builder().substitution("order", "A-17").build()
    assert message.substitutions == {"order": ("A-17",)}
    assert message.to_dict() == {"Substitutions": {"order": ["A-17"]}}


def test_a_plain_string_where_a_list_belongs_shows_the_right_form():
    assert faults_of(p.EndpointSendConfiguration, substitutions={"order": "A-17"}) == [
        'substitutions[\'order\']: must be a list of strings, not a string: write {"order": ["…"]}'
    ]
    assert faults_of(p.EmailMessage, reply_to_addresses="a@example.com") == [
        "reply_to_addresses: must be a list, not str: write [value]"
    ]
    header = p.MessageHeader(name="X-A", value="1")
    assert faults_of(p.SimpleEmail, headers=header) == ["headers: must be a list, not MessageHeader: write [value]"]


@pytest.mark.parametrize("value", [math.nan, type("NAType", (), {})()])
def test_what_stands_for_no_value_is_not_to_become_a_text(value):
    """Such as `nan` in "Dear nan"."""
    name = type(value).__name__
    assert faults_of(p.EndpointSendConfiguration, substitutions={"a": [value], "b": value}, body_override=value) == [
        f"substitutions['a'][0]: must be a string, not {name}: it stands for no value, as in pandas: leave the variable out, "
        'or write "" for an empty text',
        f"substitutions['b']: must be a list of strings, not {name}: it stands for no value, as in pandas: leave the variable "
        'out, or write [""] for an empty text',
        f"body_override: must be a string, not {name}: it stands for no value, as in pandas: leave it out",
    ]


def test_every_fault_of_a_mapping_is_told():
    assert faults_of(p.SMSMessage, substitutions={"a": "1", "b": 2, "c": [3, "4", None], 5: ["6"]}) == [
        "substitutions[5]: a key must be a string, not int: write str(…)",
        'substitutions[\'a\']: must be a list of strings, not a string: write {"a": ["…"]}',
        "substitutions['b']: must be a list of strings, not int: write [str(value)], such as \"5\" for 5",
        "substitutions['c'][0]: must be a string, not int: write str(value), such as \"5\" for 5",
        "substitutions['c'][2]: must be a string, not None: leave the variable out, or write \"\" for an empty text",
    ]
    assert faults_of(p.GCMMessage, data={"a": 1, 2: "b"}) == [
        "data[2]: a key must be a string, not int: write str(…)",
        "data['a']: must be a string, not int: write str(…)",
    ]
    assert faults_of(p.SMSMessage, substitutions="order") == ["substitutions: must be a mapping, not str"]


def test_lists_tell_each_item_that_is_wrong():
    assert faults_of(p.EmailMessage, reply_to_addresses=["a@example.com", 1, {}]) == [
        "reply_to_addresses[1]: must be a string, not int: write str(…)",
        "reply_to_addresses[2]: must be a string, not dict",
    ]
    assert faults_of(p.SimpleEmail, headers=[{"Name": "X"}]) == [
        "headers[0]: must be MessageHeader, not dict: MessageHeader.from_dict(…) reads AWS's shape"
    ]


def test_all_faults_of_a_constructor_are_in_one_error():
    allowed = ", ".join(field.name for field in attrs.fields(p.APNSMessage))
    push_types = ", ".join(get_args(p.APNSPushType))
    assert faults_of(
        p.APNSMessage, bdy="x", badge=True, silent_push="yes", action="OPEN", priority=10, sound=b"x", apns_push_type="alrt"
    ) == [
        f"bdy: no field of APNSMessage; allowed: {allowed}; did you mean body?",
        "badge: must be an int, not bool",
        "silent_push: must be True or False, not str",
        "action: 'OPEN' isn't a value; allowed: OPEN_APP, DEEP_LINK, URL; did you mean OPEN_APP?",
        "priority: must be a string, not int: write str(…)",
        "sound: must be a string, not bytes: write value.decode()",
        f"apns_push_type: 'alrt' isn't a value; allowed: {push_types}; did you mean alert?",
    ]
    assert faults_of(p.SendUsersMessageRequest, trace_id=1) == [
        "message_configuration: is required",
        "users: is required",
        "trace_id: must be a string, not int: write str(…)",
    ]


def test_a_type_error_of_the_callers_own_mapping_is_the_callers():
    class Flaky(UserDict):
        asked = 0

        def __iter__(self):
            self.asked += 1
            if self.asked == 1:
                raise TypeError("of the mapping's own")
            return super().__iter__()

    with pytest.raises(TypeError, match="of the mapping's own"):
        p.GCMMessage(data=Flaky(a="1"))


def test_what_is_no_list_of_strings_has_a_remedy_of_its_own():
    of_its_own = "give each of its values a variable of its own, or write"
    assert faults_of(p.EndpointSendConfiguration, substitutions={"a": {"x": "1"}, "b": None, "c": [{}]}) == [
        f"substitutions['a']: must be a list of strings, not dict: {of_its_own} [json.dumps(value)] for its JSON as text",
        "substitutions['b']: must be a list of strings, not None: leave the variable out, or write [\"\"] for an empty text",
        f"substitutions['c'][0]: must be a string, not dict: {of_its_own} json.dumps(value) for its JSON as text",
    ]


def test_the_beginning_of_a_name_is_enough_to_be_understood():
    for word, meant in [
        ("sms", "sms_message"),
        ("email", "email_message"),
        ("SMSMessage", "sms_message"),
    ]:
        (fault,) = faults_of(p.DirectMessageConfiguration, **{word: p.SMSMessage(body="hi")})
        assert fault.endswith(f"; did you mean {meant}?")
    assert faults_of(p.ADMMessage, ima="x")[0].endswith("; did you mean image_icon_url or image_url?")
    assert "did you mean" not in faults_of(p.DirectMessageConfiguration, x=1)[0]


@pytest.mark.parametrize("cls", [p.ADMMessage, p.BaiduMessage, p.GCMMessage, p.EndpointSendConfiguration])
def test_raw_content_takes_a_mapping_and_writes_the_json(cls):
    payload = {"notification": {"title": "Grüße", "items": [1, 2.5, None, True]}}
    for content in (payload, MappingProxyType(payload)):
        message = cls.builder().raw_content(content).build()
        assert json.loads(message.raw_content) == payload
        assert "Grüße" in message.raw_content
        assert message.to_dict() == {"RawContent": message.raw_content}
    text = '{ "notification" : {} }'
    assert cls(raw_content=text).raw_content == text


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("hello", "isn't JSON"),
        ("{'a': 1}", "isn't JSON"),
        ('{"a": NaN}', "NaN is no value of JSON"),
        ("[" * 100_000, "isn't JSON"),
        ("[1]", "must be a JSON object, not list"),
        ("1", "must be a JSON object, not int"),
        ("null", "must be a JSON object, not None"),
        ([1], "must be a mapping or a string of JSON, not list"),
        (b"{}", "must be a mapping or a string of JSON, not bytes"),
        ({"a": object()}, "can't be written as JSON"),
        ({"a": float("nan")}, "can't be written as JSON"),
        ({("a", "b"): 1}, "can't be written as JSON"),
    ],
)
def test_raw_content_that_is_no_json_object_is_refused(content, problem):
    (fault,) = faults_of(p.GCMMessage, raw_content=content)
    assert fault.startswith("raw_content: ")
    assert problem in fault


def test_an_enum_is_taken_as_the_member_or_as_awss_word():
    assert p.SMSMessage(message_type=p.MessageType.PROMOTIONAL) == p.SMSMessage(message_type="PROMOTIONAL")
    assert p.SMSMessage(message_type="PROMOTIONAL").message_type is p.MessageType.PROMOTIONAL
    assert p.GCMMessage(action="DEEP_LINK").action is p.Action.DEEP_LINK
    assert p.GCMMessage(action="DEEP_LINK").to_dict() == {"Action": "DEEP_LINK"}
    assert faults_of(p.GCMMessage, action="deep-link") == [
        "action: 'deep-link' isn't a value; allowed: OPEN_APP, DEEP_LINK, URL; did you mean DEEP_LINK?"
    ]
    assert faults_of(p.SMSMessage, message_type=1) == ["message_type: must be MessageType or a string, not int"]
    assert faults_of(p.SMSMessage, message_type="zzz") == [
        "message_type: 'zzz' isn't a value; allowed: TRANSACTIONAL, PROMOTIONAL"
    ]


def test_plain_strings_with_few_values_take_only_those():
    for cls, name, words in [
        (p.APNSMessage, "apns_push_type", ["alert", "background", "complication", "fileprovider", "mdm", "voip"]),
        (p.APNSMessage, "preferred_authentication_method", ["CERTIFICATE", "TOKEN"]),
        (p.APNSMessage, "priority", ["5", "10", "normal", "high"]),
        (p.GCMMessage, "preferred_authentication_method", ["KEY", "TOKEN"]),
        (p.GCMMessage, "priority", ["5", "10", "normal", "high"]),
    ]:
        for word in words:
            assert getattr(cls(**{name: word}), name) == word
        for wrong in (words[0].swapcase() + "x", "", 5, []):
            assert len(faults_of(cls, **{name: wrong})) == 1


class Size(enum.IntEnum):
    LARGE = 300


class Scalar:
    """What NumPy's integers are: no int, but what stands for one."""

    def __index__(self):
        return 300


@pytest.mark.parametrize("value", [Size.LARGE, Scalar()], ids=["IntEnum", "scalar"])
def test_what_stands_for_an_int_is_taken_for_one(value):
    for cls, name in [
        (p.APNSMessage, "badge"),
        (p.APNSMessage, "time_to_live"),
        (p.BaiduMessage, "time_to_live"),
        (p.GCMMessage, "time_to_live"),
        (p.RetryPolicy, "max_attempts"),
    ]:
        taken = getattr(cls(**{name: value}), name)
        assert (type(taken), taken) == (int, 300)
    assert p.APNSMessage.from_dict({"Badge": value}).to_dict() == {"Badge": 300}
    assert p.APNSMessage.builder().badge(value).build().badge == 300


def test_what_does_not_stand_for_an_int_is_refused():
    for value in (1.0, "1", True, b"1", [1]):
        remedy = ": write int(…)" if isinstance(value, (str, float)) else ""
        assert faults_of(p.APNSMessage, badge=value) == [f"badge: must be an int, not {type(value).__name__}{remedy}"]


def test_a_part_of_an_email_is_taken_as_a_string_in_utf_8():
    message = p.SimpleEmail(subject="Grüße", text_part="text", html_part=p.SimpleEmailPart(data="html", charset="ISO-8859-1"))
    assert message.subject == p.SimpleEmailPart(data="Grüße", charset="UTF-8")
    assert p.SimpleEmail.builder().subject("Grüße").text_part("text").html_part(message.html_part).build() == message
    assert message.to_dict() == {
        "HtmlPart": {"Charset": "ISO-8859-1", "Data": "html"},
        "Subject": {"Charset": "UTF-8", "Data": "Grüße"},
        "TextPart": {"Charset": "UTF-8", "Data": "text"},
    }
    assert faults_of(p.SimpleEmail, subject=b"s") == ["subject: must be SimpleEmailPart, not bytes"]


# --- raw e-mail

OPERATION = ServiceModel(Loader().load_service_model("pinpoint", "service-2")).operation_model("SendUsersMessages")


def standard_message():
    message = EmailMessage()
    message["Subject"] = "Grüße"
    message["To"] = "ann@example.com"
    message.set_content("Füße\n")
    message.add_alternative("<p>Füße</p>", subtype="html")
    return message


def legacy_message():
    message = MIMEMultipart("alternative")
    message["Subject"] = Header("Grüße", "utf-8")
    message["To"] = "ann@example.com"
    message.attach(MIMEText("Füße\n", "plain", "utf-8"))
    return message


def request_with(raw_email):
    return p.SendUsersMessagesRequest(
        application_id="app",
        send_users_message_request=p.SendUsersMessageRequest(
            message_configuration=p.DirectMessageConfiguration(email_message=p.EmailMessage(raw_email=raw_email)), users={}
        ),
    )


@pytest.mark.parametrize("message", [standard_message(), legacy_message()], ids=["EmailMessage", "MIMEMultipart"])
def test_a_message_of_the_standard_library_is_taken_as_it_is(message):
    data = p.RawEmail(data=message).data
    assert p.RawEmail.builder().data(message).build().data == data
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    read = email.message_from_bytes(data, policy=SMTPUTF8)
    assert read["Subject"] == "Grüße"
    assert next(part for part in read.walk() if part.get_content_type() == "text/plain").get_content().strip() == "Füße"


@pytest.mark.parametrize("data", [b"Subject: hi\r\n\r\nbody\xff", standard_message()], ids=["bytes", "message"])
def test_raw_email_is_put_in_base64_once(data):
    raw = p.RawEmail(data=data)
    request = request_with(raw)
    ours = to_wire(request.send_users_message_request)
    sent = create_serializer("rest-json").serialize_to_request(request.to_dict(), OPERATION)
    for body in (ours, json.loads(sent["body"])):
        assert base64.b64decode(body["MessageConfiguration"]["EmailMessage"]["RawEmail"]["Data"]) == raw.data
    assert raw.to_dict() == {"Data": raw.data}
    if isinstance(data, bytes):
        assert raw.data == data


def test_raw_email_in_base64_already_is_refused():
    (fault,) = faults_of(p.RawEmail, data=base64.b64encode(b"Subject: hi\r\n\r\nbody"))
    assert fault == "data: has no header, so it isn't a MIME message: hand it in as it is; base64 is added on the way out"


def test_raw_email_that_is_no_message_is_refused():
    accepted = "data: must be bytes or an email.message.EmailMessage, not"
    assert faults_of(p.RawEmail, data="Subject: hi") == [f"{accepted} a string: write text.encode()"]
    assert "has a lone surrogate" in faults_of(p.RawEmail, data="Subject: \ud83d")[0]
    assert faults_of(p.RawEmail, data=bytearray(b"A: b")) == [f"{accepted} bytearray"]
    assert "has no header" in faults_of(p.RawEmail, data=EmailMessage())[0]
    unwritable = EmailMessage()
    unwritable["Subject"] = "hi"
    unwritable.set_payload("é")
    assert faults_of(p.RawEmail, data=unwritable)[0].startswith("data: can't be written as a MIME message: ")


def test_an_email_is_raw_or_simple():
    raw, simple = p.RawEmail(data=b"A: b"), p.SimpleEmail()
    assert faults_of(p.EmailMessage, raw_email=raw, simple_email=simple, body=1) == [
        "body: must be a string, not int: write str(…)",
        "raw_email: an e-mail is raw or simple, not both: leave out raw_email or simple_email",
    ]
    assert p.EmailMessage(raw_email=raw).raw_email == raw
    assert p.EmailMessage(simple_email=simple).simple_email == simple
