"""Text is what UTF-8 can carry; a lone surrogate, which a cut emoji leaves behind, is refused before it goes out."""

from __future__ import annotations

import pytest

import pinpoint_users as p

LONE = "cut \ud83d"
NO_TEXT = "has a lone surrogate, which isn't text: value.encode('utf-8', 'replace').decode() takes it out"


@pytest.mark.parametrize(
    ("cls", "name", "value", "path"),
    [
        (p.SMSMessage, "body", LONE, "body"),
        (p.SMSMessage, "substitutions", {LONE: ["x"]}, f"substitutions[{LONE!r}]"),
        (p.SMSMessage, "substitutions", {"a": ["x", LONE]}, "substitutions['a'][1]"),
        (p.GCMMessage, "data", {LONE: "x"}, f"data[{LONE!r}]"),
        (p.GCMMessage, "data", {"a": LONE}, "data['a']"),
        (p.GCMMessage, "raw_content", {"data": LONE}, "raw_content"),
        (p.GCMMessage, "raw_content", f'{{"data": "{LONE}"}}', "raw_content"),
        (p.EmailMessage, "reply_to_addresses", ["a@b.example", LONE], "reply_to_addresses[1]"),
        (p.SimpleEmailPart, "data", LONE, "data"),
        (p.EndpointSendConfiguration, "body_override", LONE, "body_override"),
    ],
)
def test_half_a_pair_is_no_text(cls, name, value, path):
    with pytest.raises(p.ValidationError) as caught:
        cls(**{name: value})
    assert [(fault.path, fault.problem) for fault in caught.value.faults] == [(path, NO_TEXT)]


def test_half_a_pair_is_no_part_of_a_user_id():
    with pytest.raises(p.ValidationError) as caught:
        p.SendUsersMessageRequest(
            message_configuration=p.DirectMessageConfiguration(),
            users={"u": p.EndpointSendConfiguration(), LONE: p.EndpointSendConfiguration()},
        )
    assert [(fault.path, fault.problem) for fault in caught.value.faults] == [(f"users[{LONE!r}]", NO_TEXT)]


def test_a_whole_pair_is_a_character():
    text = "whole \U0001f600 é \0"
    assert p.SMSMessage(body=text, substitutions={text: [text]}).to_dict()["Body"] == text
    assert p.EndpointSendConfiguration(context={text: text}).context == {text: text}


def test_answers_keep_what_came():
    result = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "StatusMessage": LONE, "New": LONE}
    answer = {"ApplicationId": "a", "Result": {LONE: {LONE: result}}}
    assert p.SendUsersMessageResponse.from_dict(answer).to_dict() == answer
