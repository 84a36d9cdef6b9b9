"""What each address gets: the channel's message, overrides, variables."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinpoint_users.local import LocalPinpoint

PUSH_CHANNELS = ["PUSH", "GCM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "ADM", "BAIDU"]
OWN = {
    "GCM": "GCMMessage",
    "APNS": "APNSMessage",
    "APNS_SANDBOX": "APNSMessage",
    "APNS_VOIP": "APNSMessage",
    "APNS_VOIP_SANDBOX": "APNSMessage",
    "ADM": "ADMMessage",
    "BAIDU": "BaiduMessage",
    "SMS": "SMSMessage",
    "VOICE": "VoiceMessage",
    "EMAIL": "EmailMessage",
}
DEFAULTS = {"DefaultMessage": {"Body": "for all"}, "DefaultPushNotificationMessage": {"Body": "for push", "Title": "push"}}


def body_at(local, send, channel_type, message):
    local.add_endpoint(user_id="u", channel_type=channel_type, address="somewhere-1")
    send(message)
    return [delivery.body for delivery in local.deliveries()]


@pytest.mark.parametrize("channel_type", OWN)
def test_a_channel_takes_its_own_message_first(local, send, channel_type):
    message = {name: {"Body": f"from {name}"} for name in OWN.values()} | DEFAULTS
    assert body_at(local, send, channel_type, message) == [f"from {OWN[channel_type]}"]


@pytest.mark.parametrize("channel_type", PUSH_CHANNELS)
def test_a_push_channel_takes_the_default_for_push_next(local, send, channel_type):
    assert body_at(local, send, channel_type, DEFAULTS) == ["for push"]


@pytest.mark.parametrize("channel_type", [*PUSH_CHANNELS, "SMS", "VOICE", "EMAIL"])
def test_every_channel_takes_the_default_message_last(local, send, channel_type):
    assert body_at(local, send, channel_type, {"DefaultMessage": {"Body": "for all"}}) == ["for all"]


@pytest.mark.parametrize("channel_type", ["CUSTOM", "IN_APP"])
def test_some_channels_cannot_be_sent_to(local, send, channel_type):
    assert body_at(local, send, channel_type, DEFAULTS) == []


def test_the_default_for_push_is_not_for_sms(local, send):
    assert body_at(local, send, "SMS", {"DefaultPushNotificationMessage": {"Body": "for push"}}) == []


def test_a_delivery_tells_everything(local, send):
    endpoint_id = local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    message = {"SMSMessage": {"Body": "Hi {{name}}", "MessageType": "TRANSACTIONAL", "Substitutions": {"name": ["Ann"]}}}
    users = {"u": {"Context": {"order": "own", "own": "1"}}}
    result = send(message, users, Context={"order": "common", "common": "2"}, TraceId="trace")["u"][endpoint_id]
    (delivery,) = local.deliveries()
    assert (delivery.user_id, delivery.endpoint_id, delivery.address) == ("u", endpoint_id, "+12065550100")
    assert (delivery.channel_type, delivery.title, delivery.body, delivery.html) == ("SMS", None, "Hi Ann", None)
    assert delivery.message == {"Body": "Hi Ann", "MessageType": "TRANSACTIONAL"}
    assert delivery.context == {"order": "own", "own": "1", "common": "2"}
    assert (delivery.trace_id, delivery.application_id) == ("trace", local.application_id)
    assert delivery.message_id == result["MessageId"]
    assert delivery.request_id
    assert "+12065550100" not in repr(delivery)


def test_a_delivery_is_frozen(local, send):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    send(DEFAULTS)
    (delivery,) = local.deliveries()
    with pytest.raises(AttributeError):
        delivery.body = "other"
    with pytest.raises(TypeError):
        delivery.message["Body"] = "other"
    assert hash(delivery) == hash(local.deliveries()[0])


def test_substitutions_of_the_user_win_over_the_channels_and_those_over_the_default(local, send):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    message = {
        "DefaultMessage": {"Body": "-", "Substitutions": {"a": ["default"], "b": ["default"], "c": ["default"]}},
        "SMSMessage": {"Body": "{{a}} {{ b }} {{{c}}} {{d}}!", "Substitutions": {"b": ["sms"], "c": ["sms"]}},
    }
    send(message, {"u": {"Substitutions": {"c": ["user", "more"]}}})
    assert local.deliveries()[0].body == "default sms user,more !"


def test_attributes_of_the_endpoint_are_filled(local, send):
    local.add_endpoints(
        [
            {
                "Id": "e",
                "ChannelType": "SMS",
                "Address": "+12065550100",
                "Attributes": {"Plan": ["gold", "old"]},
                "Metrics": {"Visits": 3},
                "Location": {"City": "Oslo"},
                "User": {"UserId": "u", "UserAttributes": {"Name": ["Ann"]}},
            }
        ]
    )
    body = (
        "{{User.UserAttributes.Name}} {{User.UserId}} {{Attributes.Plan}} {{Attributes.Plan.[1]}} {{Attributes.Plan.[9]}} "
        "{{Metrics.Visits}} {{Location.City}} {{Address}} {{Id}} {{Location}} {{Attributes.Plan.X}} {{No.Such}} "
        "{{#if Id}}yes{{else}}no{{/if}}"
    )
    send({"SMSMessage": {"Body": body}})
    expected = "Ann u gold,old old  3 Oslo +12065550100 e    yes"
    assert local.deliveries()[0].body == expected


def test_a_substitution_wins_over_an_attribute(local, send):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    send({"SMSMessage": {"Body": "{{Address}}", "Substitutions": {"Address": ["hidden"]}}})
    assert local.deliveries()[0].body == "hidden"


def test_overrides_of_push(local, send):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token-1")
    message = {"GCMMessage": {"Body": "common", "Title": "common", "Priority": "high"}}
    send(message, {"u": {"BodyOverride": "Hi {{name}}", "TitleOverride": "For you", "Substitutions": {"name": ["Ann"]}}})
    (delivery,) = local.deliveries()
    assert (delivery.title, delivery.body) == ("For you", "Hi Ann")
    assert delivery.message == {"Body": "Hi Ann", "Title": "For you", "Priority": "high"}


def test_a_title_is_nothing_for_sms(local, send):
    local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
    send(DEFAULTS, {"u": {"TitleOverride": "For you", "BodyOverride": "own"}})
    assert local.deliveries()[0].message == {"Body": "own"}


def test_raw_content_takes_the_place_of_everything(local, send):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token-1")
    raw = json.dumps({"data": {"text": "{{name}}"}, "n": 1})
    send(DEFAULTS, {"u": {"RawContent": raw, "BodyOverride": "not this", "Substitutions": {"name": ['"quoted"']}}})
    (delivery,) = local.deliveries()
    assert (delivery.title, delivery.body) == (None, None)
    assert json.loads(delivery.message["RawContent"]) == {"data": {"text": '"quoted"'}, "n": 1}


@given(value=st.text())
def test_a_value_goes_in_as_it_is(value):
    raw = json.dumps({"text": "<{{name}}>"})
    request = {
        "MessageConfiguration": {"SMSMessage": {"Body": "<{{name}}>"}, "GCMMessage": {"RawContent": raw}},
        "Users": {"u": {"Substitutions": {"name": [value]}}},
    }
    with LocalPinpoint() as local:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        local.add_endpoint(user_id="u", channel_type="GCM", address="token-1")
        local.transport.post("SendUsersMessages", local.application_id, json.dumps(request).encode())
        sms, push = local.deliveries()
    assert sms.body == f"<{value}>"
    assert json.loads(push.message["RawContent"]) == {"text": f"<{value}>"}


def test_raw_content_of_a_channel_is_filled(local, send):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token-1")
    send({"GCMMessage": {"RawContent": json.dumps({"list": ["{{a}}"]}), "Substitutions": {"a": ['"']}}})
    assert json.loads(local.deliveries()[0].message["RawContent"]) == {"list": ['"']}
    local.clear_deliveries()
    send({"GCMMessage": {"RawContent": '{"as":  "it is"}'}})
    assert local.deliveries()[0].message["RawContent"] == '{"as":  "it is"}'


def test_a_value_in_raw_content_is_filled_in_once_and_no_more(local, send):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token-1")
    raw = json.dumps({"a": "{{a}}"})
    send({"GCMMessage": {"RawContent": raw, "Substitutions": {"a": ["{{b}}"], "b": ["no"]}}})
    assert json.loads(local.deliveries()[0].message["RawContent"]) == {"a": "{{b}}"}


SIMPLE = {
    "Subject": {"Data": "Hello {{name}}", "Charset": "UTF-8"},
    "TextPart": {"Data": "text {{name}}"},
    "HtmlPart": {"Data": "<p>{{name}}</p>"},
    "Headers": [{"Name": "List-Unsubscribe", "Value": "{{name}}"}],
}


def email(local, send, message, **own):
    local.add_endpoint(user_id="u", channel_type="EMAIL", address="ann@example.com")
    send({"EmailMessage": {**message, "Substitutions": {"name": ["Ann"]}}}, {"u": own})
    return local.deliveries()[0]


def test_simple_email(local, send):
    delivery = email(local, send, {"SimpleEmail": SIMPLE, "FromAddress": "us@example.com"})
    assert (delivery.title, delivery.body, delivery.html) == ("Hello Ann", "text Ann", "<p>Ann</p>")
    assert delivery.message["FromAddress"] == "us@example.com"
    assert delivery.message["SimpleEmail"]["Headers"] == ({"Name": "List-Unsubscribe", "Value": "Ann"},)


def test_overrides_of_simple_email(local, send):
    delivery = email(local, send, {"SimpleEmail": SIMPLE}, BodyOverride="own {{name}}", TitleOverride="For {{name}}")
    assert (delivery.title, delivery.body, delivery.html) == ("For Ann", "own Ann", "own Ann")
    assert delivery.message["SimpleEmail"]["Subject"] == {"Data": "For Ann", "Charset": "UTF-8"}


def test_a_body_override_of_an_email_with_a_subject_alone(local, send):
    delivery = email(local, send, {"SimpleEmail": {"Subject": {"Data": "Hello"}}}, BodyOverride="own")
    assert (delivery.title, delivery.body, delivery.html) == ("Hello", "own", None)


def test_an_email_of_a_body_alone(local, send):
    delivery = email(local, send, {"Body": "Hi {{name}}"})
    assert (delivery.title, delivery.body, delivery.html) == (None, "Hi Ann", None)


def test_overrides_of_an_email_of_a_body_alone(local, send):
    delivery = email(local, send, {"Body": "common"}, BodyOverride="own", TitleOverride="For you")
    assert (delivery.title, delivery.body) == ("For you", "own")


@pytest.mark.parametrize("with_html", [True, False])
def test_raw_email(local, send, with_html):
    mime = EmailMessage()
    mime["Subject"] = "Hello {{name}}"
    mime.set_content("text {{name}}")
    if with_html:
        mime.add_alternative("<p>{{name}}</p>", subtype="html")
    data = base64.b64encode(mime.as_bytes()).decode()
    delivery = email(local, send, {"RawEmail": {"Data": data}}, BodyOverride="not this")
    assert (delivery.title, delivery.body) == ("Hello Ann", "text Ann\n")
    assert delivery.html == ("<p>Ann</p>\n" if with_html else None)
    assert b"text Ann" in base64.b64decode(delivery.message["RawEmail"]["Data"])


@pytest.mark.parametrize("charset", [b"no-such", b"idna", b"\xff"])
def test_raw_email_in_a_character_set_that_python_lacks(local, send, charset):
    mime = b"Subject: Hello\r\nContent-Type: text/plain; charset=" + charset + b"\r\n\r\n\xc3\xa9 \xff {{name}}"
    delivery = email(local, send, {"RawEmail": {"Data": base64.b64encode(mime).decode()}})
    assert (delivery.title, delivery.body) == ("Hello", "é \ufffd Ann")


def test_a_number_in_a_message_stays_a_number(local, send):
    local.add_endpoint(user_id="u", channel_type="APNS", address="token-1")
    send({"APNSMessage": {"Body": "{{a}}", "Badge": 3, "SilentPush": False}})
    assert local.deliveries()[0].message == {"Body": "", "Badge": 3, "SilentPush": False}


def _nested(depth, text="x"):
    return "{{#each Attributes.many}}" * depth + text + "{{/each}}" * depth


def _doubling(depth):
    """Partials of which each uses the next one twice."""
    defined = "".join(f'{{{{#*inline "p{n}"}}}}{{{{> p{n + 1}}}}}{{{{> p{n + 1}}}}}{{{{/inline}}}}' for n in range(depth))
    return f'{defined}{{{{#*inline "p{depth}"}}}}x{{{{/inline}}}}{{{{> p0}}}}'


@pytest.mark.parametrize("body", [_nested(12), _nested(3, "x" * 5_000), _doubling(40)], ids=["times", "characters", "partials"])
@pytest.mark.timeout(20)
def test_a_text_whose_loops_multiply_comes_to_an_end_and_is_empty(local, send, body):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token", attributes={"many": list("abcdefghijklmno")})
    results = send({"GCMMessage": {"Title": "{{Id}}", "Body": body}})
    assert [(delivery.title is not None, delivery.body) for delivery in local.deliveries()] == [(True, "")], results


def test_loops_that_are_as_large_as_they_are_meant_are_rendered(local, send):
    local.add_endpoint(user_id="u", channel_type="GCM", address="token", attributes={"many": list("abcdefghijklmno")})
    send({"GCMMessage": {"Body": _nested(3)}})
    assert local.deliveries()[0].body == "x" * 15**3
