from __future__ import annotations

import io
import sys
import warnings
from types import SimpleNamespace

import botocore.session
import pytest
from botocore.validate import ParamValidator
from documents import WRITERS, document_of, messages, requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pinpoint_users as p
from pinpoint_users._files import message_file
from pinpoint_users._files.faults import FileFaultsError
from pinpoint_users._files.message_file import MessageFile, read_message

BODY = p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="Hi"))
any_file = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
)


def faults(path):
    with pytest.raises(FileFaultsError) as raised:
        read_message(path)
    return [str(fault).removeprefix(f"{path}:") for fault in raised.value.faults]


def said_of(path):
    """What is said of a file that may be right."""
    try:
        read_message(path)
    except FileFaultsError as error:
        return [*map(str, error.faults)]
    return []


@any_file
@given(messages, st.booleans(), st.sampled_from([*WRITERS]))
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_any_message_is_read_back_from_every_format_and_style(write, message, is_aws, suffix):
    path = write(f"message{suffix}", WRITERS[suffix](document_of(message, is_aws=is_aws)))
    assert read_message(path).message == message


@any_file
@given(requests, st.booleans(), st.sampled_from([*WRITERS]))
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_parts_of_a_request_are_read_back(write, parts, is_aws, suffix):
    document = {}
    for name, value in parts.items():
        key = name.title().replace("_", "") if is_aws else name
        document[key] = document_of(value, is_aws=is_aws) if hasattr(value, "to_dict") else value
    read = read_message(write(f"message{suffix}", WRITERS[suffix](document)))
    assert read.message == parts["message_configuration"]
    assert read.template_configuration == parts.get("template_configuration")
    assert read.context == parts.get("context")
    assert read.trace_id == parts.get("trace_id")


@any_file
@given(messages, st.booleans())
@pytest.mark.filterwarnings("ignore::pinpoint_users.MessageWarning")
def test_what_is_read_is_what_boto3_takes(write, message, is_aws):
    read = read_message(write("message.json", WRITERS[".json"](document_of(message, is_aws=is_aws))))
    shape = botocore.session.get_session().get_service_model("pinpoint").shape_for("DirectMessageConfiguration")
    assert not ParamValidator().validate(read.message.to_dict(), shape).has_errors()


def test_every_fault_of_a_file_at_its_line(write):
    path = write(
        "message.yaml",
        """\
sms_message:
  body: 123
  mesage_type: TRANSACTIONAL
  OriginationNumber: "+1"
  substitutions:
    code: x
    day: [1]
apns_message:
  time_to_live: -5
  badge: "1"
  silent_push: "yes"
  action:
  raw_content: "{"
email_message:
  text: Hi
  reply_to_addresses: a@b.example
  simple_email:
    subject: "a\\nb"
    headers:
      - name: "X Y"
        value: v
      - 5
gcm-message: {}
whatever: 1
voice_message: 7
""",
    )
    assert faults(path) == [
        "2: sms_message.body: must be a string, not a number: put it in quotes",
        "3: sms_message.mesage_type: isn't known here; allowed: body, keyword, media_url, message_type, origination_number, "
        "sender_id, substitutions, entity_id, template_id; did you mean message_type?",
        "4: sms_message.OriginationNumber: is written otherwise than sms_message: keep to one of both, origination_number",
        '6: sms_message.substitutions.code: must be a list of strings, not a string: write it in brackets, ["…"]',
        '7: sms_message.substitutions.day[0]: must be a string, not a number: put it in quotes, such as "5"',
        "9: apns_message.time_to_live: -5 s, from 0 to 2,147,483,647 are allowed",
        "10: apns_message.badge: must be an int, not text: write the number without quotes",
        "11: apns_message.silent_push: must be true or false, not text",
        "12: apns_message.action: has no value: give it one, or take the line out",
        "13: apns_message.raw_content: isn't JSON "
        "(Expecting property name enclosed in double quotes: line 1 column 2 (char 1)): write it as a table of "
        "keys, and the JSON is written for you",
        "15: email_message.text: isn't known here; allowed: body, feedback_forwarding_address, from_address, raw_email, "
        "reply_to_addresses, simple_email, substitutions; simple_email has it",
        "16: email_message.reply_to_addresses: must be a list, not text: write it in brackets",
        "18: email_message.simple_email.subject: has a line break, none is allowed",
        "20: email_message.simple_email.headers[0].name: has ' ', which a header's name can't have",
        "22: email_message.simple_email.headers[1]: must have keys, those of MessageHeader, not a number",
        "23: gcm-message: isn't known here; allowed: adm_message, apns_message, baidu_message, default_message, "
        "default_push_notification_message, email_message, gcm_message, sms_message, voice_message; did you mean gcm_message?",
        "24: whatever: isn't known here; allowed: adm_message, apns_message, baidu_message, default_message, "
        "default_push_notification_message, email_message, gcm_message, sms_message, voice_message",
        "25: voice_message: must have keys, those of VoiceMessage, not a number",
    ]


def test_more_than_twenty_faults_are_counted(write):
    path = write("message.toml", "[sms_message]\n" + "".join(f"x{number} = 1\n" for number in range(100)))
    with pytest.raises(FileFaultsError) as raised:
        read_message(path)
    assert len(raised.value.faults) == 100
    lines = str(raised.value).splitlines()
    assert lines[19].startswith("message.toml:21: sms_message.x19: ")
    assert lines[20:] == ["… and 80 more"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (
            "SMSMessage:\n  Body: Hi\n  sender_id: x\n",
            "3: SMSMessage.sender_id: is written otherwise than SMSMessage: keep to one of both, SenderId",
        ),
        (
            "SMSMessage:\n  Bodi: Hi\n",
            "2: SMSMessage.Bodi: isn't known here; allowed: Body, Keyword, MediaUrl, MessageType, OriginationNumber, "
            "SenderId, Substitutions, EntityId, TemplateId; did you mean Body?",
        ),
        ("Sms_message: {}\n", None),
        ("sms_message:\n  body: a\n  Body: b\n", "3: sms_message.Body: is there twice, also as body: take one out"),
        ("message: Hi\n", None),
        ("phone_number: '+1'\n", None),
        (
            "MessageConfiguration: {SMSMessage: {Body: a}}\nUsers: {}\n",
            "2: Users: isn't taken here: users come from a file of their own",
        ),
        (
            "message_configuration: {}\nsms_message: {}\n",
            "2: sms_message: belongs below message_configuration, where that is written",
        ),
        ("context: {a: 1}\nsms_message: {body: x}\n", "1: context.a: must be a string, not a number: put it in quotes"),
        (
            "message_configuration: {sms_message: {body: x}}\ntrace: x\n",
            "2: trace: isn't known here; allowed: message_configuration, "
            "template_configuration, context, trace_id; did you mean trace_id?",
        ),
        (
            "message_configuration: {sms_message: {body: x}}\ntrace_id:\n",
            "2: trace_id: has no value: give it one, or take the line out",
        ),
        ("trace_id: x\n", "1: has neither a message nor a template: write message_configuration or template_configuration"),
        (
            "message_configuration: 5\n",
            "1: message_configuration: must have keys, those of DirectMessageConfiguration, not a number",
        ),
        ("{}\n", "1: has no message: write a channel's message, such as sms_message with its body"),
        ("- a\n", "1: must have keys, such as sms_message, not a list"),
        ("Hi\n", "1: must have keys, such as sms_message, not text"),
        ("# nothing\n", "1: must have keys, such as sms_message, not nothing"),
        (
            "sms_message: {body: x, message_type: MARKETING}\n",
            "1: sms_message.message_type: 'MARKETING' isn't a value; allowed: TRANSACTIONAL, PROMOTIONAL",
        ),
    ],
)
def test_what_is_no_message(write, document, problem):
    first, *_ = faults(write("message.yaml", document))
    assert problem is None or first == problem


def test_templates_may_stand_for_a_message(write):
    read = read_message(write("message.toml", '[template_configuration.sms_template]\nname = "code"\n'))
    template = p.TemplateConfiguration(sms_template=p.Template(name="code"))
    assert read == MessageFile(message=None, template_configuration=template)
    named = read_message(write("message.json", '{"$schema": "x", "sms_message": {"body": "Hi"}}'))
    assert named == MessageFile(message=BODY)


def test_short_forms_of_e_mail_and_of_payloads(write):
    read = read_message(
        write(
            "message.toml",
            """\
[email_message]
simple_email.subject = "Hi"
simple_email.html_part.data = "<p>"
[gcm_message.raw_content.notification]
title = "Hi"
""",
        )
    )
    email = p.SimpleEmail(subject="Hi", html_part=p.SimpleEmailPart(data="<p>"))
    assert read.message == p.DirectMessageConfiguration(
        email_message=p.EmailMessage(simple_email=email),
        gcm_message=p.GCMMessage(raw_content={"notification": {"title": "Hi"}}),
    )
    raw = read_message(write("message.yaml", "email_message:\n  raw_email:\n    data: |\n      Subject: Hi\n\n      é\n"))
    assert raw.message.email_message.raw_email.data == "Subject: Hi\n\né\n".encode()


def test_what_is_hardly_meant_is_noted(write):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read = read_message(write("message.yaml", "sms_message: {body: Hi, message_type: promotional}\n"))
    (note,) = read.notes
    assert str(note) == "message.yaml: SMSMessage.message_type: 'promotional' is sent as 'PROMOTIONAL', as AWS writes it"
    assert read_message(write("message.yaml", "message_configuration: {sms_message: {body: Hi}}\n")).notes == ()


def test_bytes_that_are_no_text(write, monkeypatch):
    assert faults(write("m.yaml", b"sms_message:\n  body: J\xf6rg\n")) == [
        "2: isn't UTF-8 (byte 10 is 0xf6, in Windows-1252 'ö'): save the file as UTF-8"
    ]
    assert faults(write("m.yaml", b"sms_message: \xf6")) == [
        "1: isn't UTF-8 (byte 14 is 0xf6, in Windows-1252 'ö'): save the file as UTF-8"
    ]
    assert faults(write("m.json", "{}".encode("utf-16"))) == ["1: is UTF-16: save the file as UTF-8 (in Excel, “CSV UTF-8”)"]
    assert faults(write("m.toml", " \n\n")) == [" is empty: write a channel's message, such as sms_message with its body"]
    assert faults(write("m.txt", "a")) == [" has the ending .txt; a message file ends in .toml, .yaml, .yml, .json"]
    assert faults(write("message", "a")) == [" has the ending (none); a message file ends in .toml, .yaml, .yml, .json"]
    assert faults("no.toml") == [
        " can't be read (No such file or directory): check the path, which counts from the folder you are in"
    ]
    assert read_message(write("m.yml", b'\xef\xbb\xbfsms_message:\r\n  body: "Hi"\r\n')).message == BODY
    monkeypatch.setattr(message_file, "MAX_MESSAGE", 10)
    assert faults(write("m.toml", "a" * 11)) == [" is over 10 bytes, more than any message: is it another file?"]


@pytest.mark.parametrize(
    "text", ['{"sms_message": {"body": "Hi"}}', '[sms_message]\nbody = "Hi"\n', "sms_message:\n  body: Hi\n"]
)
def test_standard_input_is_told_by_its_beginning(monkeypatch, text):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BufferedReader(io.BytesIO(text.encode()))))
    assert read_message("-").message == BODY


@any_file
@given(
    st.binary(max_size=80),
    st.sampled_from([*WRITERS]),
    st.sampled_from([b"", b"sms_message:\n", b"[sms_message]\n", b'{"sms_message":']),
)
def test_any_bytes_are_read_or_told(write, data, suffix, start):
    assert all(len(line.splitlines()) == 1 for line in said_of(write(f"message{suffix}", start + data)))


yaml_like = st.lists(
    st.sampled_from(
        [
            "a",
            "sms_message",
            "body",
            ":",
            ": ",
            "\n",
            "  ",
            "\t",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "&x ",
            "*x",
            "!!binary ",
            '"',
            "'",
            "|",
            "<<",
            "? ",
            "~",
            "1e5",
            ".inf",
            "0x1f",
            "0o17",
            "---\n",
            "#",
            "%",
            "@",
        ]
    ),
    max_size=14,
).map("".join)
toml_like = st.lists(
    st.sampled_from(
        [
            "a",
            "b.c",
            '"d e"',
            " = ",
            "\n",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            ",",
            '"""',
            "'''",
            '"x"',
            "1",
            "#",
            "inf",
            "2026-01-01",
        ]
    ),
    max_size=14,
).map("".join)
json_like = st.lists(
    st.sampled_from(['"a"', ":", ",", "{", "}", "[", "]", "1", "-", "1e999", "NaN", "null", "\n", '"\\ud800"', "  "]),
    max_size=14,
).map("".join)


@any_file
@given(
    st.one_of(
        *(
            st.tuples(st.just(suffix), text)
            for suffix, text in ((".yaml", yaml_like), (".toml", toml_like), (".json", json_like))
        )
    )
)
def test_any_text_is_read_or_told(write, case):
    suffix, text = case
    assert all(len(line.splitlines()) == 1 for line in said_of(write(f"message{suffix}", text)))
