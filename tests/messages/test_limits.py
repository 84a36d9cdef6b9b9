"""What the service would refuse is refused when it is made: accepted at the limit, refused one over, with limit and size."""

from __future__ import annotations

import base64
import functools
import string
import time

import pytest

import pinpoint_users as p

PAYLOAD_4K = [p.BaiduMessage, p.GCMMessage]
PAYLOAD_6K = [p.ADMMessage, p.DefaultPushNotificationMessage]
ALERT = functools.partial(p.APNSMessage, apns_push_type="alert")
VOIP = functools.partial(p.APNSMessage, apns_push_type="voip")
SIZES = [
    *((cls, 4_096) for cls in (*PAYLOAD_4K, ALERT)),
    *((cls, 5_120) for cls in (p.APNSMessage, VOIP)),
    *((cls, 6_144) for cls in PAYLOAD_6K),
]
GSM_ONE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./" + string.digits + ":;<=>?¡" + string.ascii_letters + "ÄÖÑÜ§¿äöñüà"
)
GSM_TWO = "\f^{}\\[~]|€"


def problems_of(cls, **values):
    with pytest.raises(p.ValidationError) as caught:
        cls(**values)
    return {fault.path: fault.problem for fault in caught.value.faults}


# --- SMS


def test_an_sms_of_gsm_characters_has_1600():
    p.SMSMessage(body="a" * 1_600)
    assert problems_of(p.SMSMessage, body="a" * 1_601) == {"body": "1,601 GSM-7 characters, at most 1,600 are allowed"}


def test_every_gsm_character_counts_as_one_and_extended_ones_as_two():
    assert len(set(GSM_ONE)) == 127
    p.SMSMessage(body=(GSM_ONE * 13)[:1_600])
    p.SMSMessage(body=GSM_TWO * 80)
    assert problems_of(p.SMSMessage, body=GSM_TWO * 80 + "a") == {"body": "1,601 GSM-7 characters, at most 1,600 are allowed"}


@pytest.mark.parametrize("odd", ["ç", "Ж", "你", "😀", "`", "\t", "…"])
def test_an_sms_with_another_character_has_630(odd):
    p.SMSMessage(body="a" * 629 + odd)
    assert problems_of(p.SMSMessage, body="a" * 630 + odd) == {
        "body": f"631 characters, at most 630 are allowed where one, here {odd!r}, is outside GSM-7"
    }


# --- voice


def test_a_voice_message_has_3000_spoken_characters():
    p.VoiceMessage(body="a" * 3_000)
    assert problems_of(p.VoiceMessage, body="a" * 3_001) == {"body": "3,001 spoken characters, at most 3,000 are allowed"}


def test_a_voice_message_has_6000_characters_with_ssml_and_3000_without_its_tags():
    start, end = " <speak>", "</speak>"
    pause = '<break time="1s"/>'
    p.VoiceMessage(body=start + "a" * 2_999 + end)
    over = start + "a" * 3_000 + end
    assert problems_of(p.VoiceMessage, body=over) == {"body": "3,001 spoken characters, at most 3,000 are allowed"}
    tags = pause * ((6_000 - len(start + end)) // len(pause))
    rest = "a" * (6_000 - len(start + tags + end))
    p.VoiceMessage(body=start + tags + rest + end)
    over = start + tags + rest + "a" + end
    assert problems_of(p.VoiceMessage, body=over) == {"body": "6,001 characters with SSML, at most 6,000 are allowed"}


def test_tags_without_speak_are_text():
    assert len(problems_of(p.VoiceMessage, body="<b>" + "a" * 2_998)) == 1


# --- push


@pytest.mark.parametrize(("cls", "most"), SIZES)
def test_the_texts_of_a_notification_fit_its_payload(cls, most):
    parts = {"title": "é" * 50, "url": "u" * 100, "data": {"k" * 50: "v" * 50}}
    cls(body="b" * (most - 300), **parts)
    problem = f"the texts of the payload are {most + 1:,} bytes together, at most {most:,} are allowed"
    assert problems_of(cls, body="b" * (most - 299), **parts) == {"body": problem}


def test_the_largest_text_is_named():
    for name, value in [("title", "x"), ("url", "x"), ("data", "x")]:
        large = value * 5_000
        assert list(problems_of(p.GCMMessage, body="b", **{name: {"k": large} if name == "data" else large})) == [name]


def test_raw_content_stands_for_the_texts():
    assert p.GCMMessage(raw_content={}, body="b" * 5_000).body == "b" * 5_000
    assert list(problems_of(p.GCMMessage, raw_content="no JSON", body="b" * 5_000)) == ["raw_content", "body"]


def test_a_collapse_id_has_64_bytes():
    p.APNSMessage(collapse_id="é" * 32)
    assert problems_of(p.APNSMessage, collapse_id="é" * 32 + "a") == {"collapse_id": "65 bytes, at most 64 are allowed"}


@pytest.mark.parametrize(
    ("cls", "most"), [(p.BaiduMessage, 604_800), (p.GCMMessage, 2_419_200), (p.APNSMessage, 2_147_483_647)]
)
def test_time_to_live_has_bounds_in_seconds(cls, most):
    assert cls(time_to_live=0).time_to_live == 0
    assert cls(time_to_live=most).time_to_live == most
    for wrong in (-1, most + 1):
        assert problems_of(cls, time_to_live=wrong) == {"time_to_live": f"{wrong:,} s, from 0 to {most:,} are allowed"}
    problem = f"a number of 16,610 bits, from 0 to {most:,} are allowed"
    assert problems_of(cls, time_to_live=10**5_000) == {"time_to_live": problem}


def test_a_badge_is_an_int_of_32_bits():
    for badge in (0, 7, 2**31 - 1, -(2**31)):
        assert p.APNSMessage(badge=badge).badge == badge
    for badge in (2**31, -(2**31) - 1, 10**5_000):
        assert problems_of(p.APNSMessage, badge=badge) == {"badge": "must be an int of 32 bits, at most 2,147,483,647"}


def test_expires_after_is_a_whole_number_of_seconds():
    assert p.ADMMessage(expires_after="3600").expires_after == "3600"
    for wrong in ("", "1h", "-1", "1.5", " 1", "٣"):
        assert "whole number of seconds" in problems_of(p.ADMMessage, expires_after=wrong)["expires_after"]


def test_an_md5_checksum_is_16_bytes_in_base64():
    p.ADMMessage(md5=base64.b64encode(b"x" * 16).decode())
    wrong = base64.b64encode(b"x" * 15).decode()
    assert problems_of(p.ADMMessage, md5=wrong) == {"md5": "must be an MD5 checksum in base64, 16 bytes, not 15"}
    for wrong in ("9e107d9d372bb6826bd81d3542a419d6-", "é", "abc"):
        assert problems_of(p.ADMMessage, md5=wrong) == {"md5": "must be an MD5 checksum in base64"}


# --- e-mail


def test_an_email_has_15_headers():
    headers = [p.MessageHeader(name="X-A", value="1")] * 15
    p.SimpleEmail(headers=headers)
    assert problems_of(p.SimpleEmail, headers=[*headers, headers[0]]) == {"headers": "16 items, at most 15 are allowed"}


def test_a_headers_name_has_126_characters_and_its_value_870():
    p.MessageHeader(name="n" * 126, value="v" * 870)
    assert problems_of(p.MessageHeader, name="n" * 127, value="v" * 871) == {
        "name": "127 characters, from 1 to 126 are allowed",
        "value": "871 characters, at most 870 are allowed",
    }
    assert problems_of(p.MessageHeader, name="") == {"name": "0 characters, from 1 to 126 are allowed"}


@pytest.mark.parametrize("odd", [" ", ":", "\t", "é", "\x7f"])
def test_a_headers_name_has_printable_ascii_without_blanks_and_colons(odd):
    assert problems_of(p.MessageHeader, name=f"X{odd}A") == {"name": f"has {odd!r}, which a header's name can't have"}


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r"])
def test_nothing_that_becomes_a_header_has_a_line_break(line_break):
    text = f"a{line_break}Bcc: everybody@example.com"
    problem = "has a line break, none is allowed"
    assert problems_of(p.MessageHeader, name=text, value=text) == {"name": problem, "value": problem}
    assert problems_of(p.EmailMessage, from_address=text, feedback_forwarding_address=text) == {
        "from_address": problem,
        "feedback_forwarding_address": problem,
    }
    assert problems_of(p.SimpleEmail, subject=text) == {"subject": problem}
    assert problems_of(p.SimpleEmail, subject=p.SimpleEmailPart(data=text)) == {"subject": problem}
    assert problems_of(p.EmailMessage, reply_to_addresses=["a@example.com", text, text]) == {
        "reply_to_addresses": "has a line break at 1, 2, none is allowed"
    }
    assert p.SimpleEmail(text_part=text, subject=p.SimpleEmailPart()).text_part.data == text


def test_a_header_that_is_too_long_and_has_a_line_break_is_told_both():
    with pytest.raises(p.ValidationError) as caught:
        p.MessageHeader(name="n\n" * 100, value="v\n" * 500)
    assert [(fault.path, fault.problem.split(",")[0]) for fault in caught.value.faults] == [
        ("name", "200 characters"),
        ("name", "has a line break"),
        ("value", "has a line break"),
        ("value", "1"),
    ]


# --- requests


def test_a_request_has_100_users():
    user = p.EndpointSendConfiguration()
    message = p.DirectMessageConfiguration()
    users = {f"u-{number}": user for number in range(101)}
    assert problems_of(p.SendUsersMessageRequest, message_configuration=message, users=users) == {
        "users": "101 items, at most 100 are allowed"
    }
    del users["u-0"]
    assert len(p.SendUsersMessageRequest(message_configuration=message, users=users).users) == 100


# --- variables


def test_variables_are_not_counted():
    variable = "{{" + "v" * 50 + "}}"
    p.SMSMessage(body="a" * 1_600 + variable)
    p.SMSMessage(body="a" * 1_600 + "{{é}}")
    p.VoiceMessage(body="a" * 3_000 + "{" + variable + "}")
    p.MessageHeader(value="v" * 870 + variable)
    p.GCMMessage(body="b" * 4_096 + variable)
    p.APNSMessage(collapse_id="c" * 64 + variable)
    p.GCMMessage(raw_content={"k": "v" * 4_087 + variable})
    assert len(problems_of(p.SMSMessage, body="a" * 1_601 + variable)) == 1


def test_braces_that_are_no_variable_are_counted():
    for text in ("{{" + "a" * 799, "{" + "a" * 1_598 + "}", "{{a{" + "b" * 1_594):
        assert len(problems_of(p.SMSMessage, body=text + "a" * (1_601 - len(text)))) == 1


def test_a_long_text_of_open_braces_is_measured_at_once():
    start = time.perf_counter()
    assert len(problems_of(p.SMSMessage, body="{{" * 40_000)) == 1
    assert time.perf_counter() - start < 5
