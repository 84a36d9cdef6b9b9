"""SMS and voice version 2 fill nothing: the whole text is made here, as Pinpoint would have made it."""

from __future__ import annotations

import pytest
from hypothesis import given
from rendering.by_both import ENDPOINT, by_look_up, endpoint_of
from rendering.texts import templates, values

import pinpoint_users as p
from pinpoint_users._rendering.texts import for_text

Own = p.EndpointSendConfiguration


@pytest.mark.parametrize("channel", ["SMS", "VOICE"])
@given(body=templates, value=values)
def test_a_text_is_as_by_look_up(channel, body, value):
    part = {"SMS": {"sms_message": p.SMSMessage(body="=" + body)}, "VOICE": {"voice_message": p.VoiceMessage(body="=" + body)}}
    message = p.DirectMessageConfiguration(
        **part[channel], default_message=p.DefaultMessage(substitutions={"code": ["for all"], "name": ["for all"]})
    )
    endpoint = endpoint_of(ChannelType=channel)
    for own in (Own(substitutions={"name": [value]}), Own(body_override=f"!{body}", substitutions={"v1": [value]})):
        text = for_text(message, channel)
        assert text.render(own, endpoint) == by_look_up(message, own, endpoint).body


def test_the_default_for_all_stands_in():
    message = p.DirectMessageConfiguration(
        default_message=p.DefaultMessage(body="Hi {{name}}", substitutions={"name": ["you"]})
    )
    text = for_text(message, "SMS")
    assert text.render(Own(), ENDPOINT) == "Hi you"
    assert text.missing(Own(), ENDPOINT) == ()
    assert text.missing(Own(body_override="{{x}}"), ENDPOINT) == ("x",)


def test_a_message_without_the_channel_has_none():
    message = p.DirectMessageConfiguration(sms_message=p.SMSMessage(message_type="TRANSACTIONAL"))
    assert for_text(message, "VOICE") is None
    assert for_text(message, "SMS").render(Own(), ENDPOINT) == ""
    assert for_text(message, "SMS").render(Own(body_override="{{Id}}"), ENDPOINT) == "e-1"


@pytest.mark.parametrize("channel", ["SMS", "VOICE"])
def test_raw_content_of_a_user_is_for_push_alone(channel):
    message = p.DirectMessageConfiguration(default_message=p.DefaultMessage(body="Hi {{name}}"))
    own = Own(raw_content={"a": "{{x}}"}, substitutions={"name": ["Ann"]})
    text = for_text(message, channel)
    endpoint = endpoint_of(ChannelType=channel)
    assert text.render(own, endpoint) == by_look_up(message, own, endpoint).body == "Hi Ann"
    assert text.missing(own, endpoint) == ()


def test_nobody_lacks_a_literal():
    message = p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="{{true}} {{12}} {{{{raw}}}}{{x}}{{{{/raw}}}}"))
    assert for_text(message, "SMS").missing(Own(), ENDPOINT) == ()
