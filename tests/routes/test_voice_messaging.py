"""Phone calls by SMS and voice version 2."""

from __future__ import annotations

import pytest
from phones import NUMBER, call, operation, recipient, sent

import pinpoint_users as p
from pinpoint_users._routes.voice_messaging import VoiceMessagingRoute
from pinpoint_users.routes import VoiceMessaging

FROM = "+12065550199"
EVERYTHING = VoiceMessaging(
    origination_identity=FROM,
    configuration_set_name="set",
    protect_configuration_id="protect-1",
    max_price_per_minute=".5",
    time_to_live=5,
    voice_id="Amy",
    message_feedback_enabled=False,
    dry_run=True,
)


def voice():
    return recipient("VOICE")


def test_the_least_that_can_be_said():
    assert sent(call(), voice()) == {
        "DestinationPhoneNumber": NUMBER,
        "OriginationIdentity": FROM,
        "MessageBody": "Hello",
        "MessageBodyTextType": "TEXT",
    }


def test_all_that_can_be_said():
    body = sent(call(EVERYTHING, voice_id="Joanna", origination_number="+1", trace_id="t"), voice())
    assert body == {
        "DestinationPhoneNumber": NUMBER,
        "OriginationIdentity": FROM,
        "MessageBody": "Hello",
        "MessageBodyTextType": "TEXT",
        "VoiceId": "JOANNA",
        "ConfigurationSetName": "set",
        "MaxPricePerMinute": ".5",
        "TimeToLive": 5,
        "Context": {"TraceId": "t"},
        "DryRun": True,
        "ProtectConfigurationId": "protect-1",
        "MessageFeedbackEnabled": False,
    }
    assert set(body) == set(operation("SendVoiceMessage").input_shape.members)


def test_the_settings_voice_is_for_messages_without_one():
    assert sent(call(EVERYTHING), voice())["VoiceId"] == "AMY"


@pytest.mark.parametrize(
    ("text", "kind"), [("Hi", "TEXT"), ("<speak>Hi</speak>", "SSML"), ("<?xml version='1.0'?>\n<speak>Hi</speak>", "SSML")]
)
def test_what_kind_of_text_it_is(text, kind):
    assert sent(call(), recipient("VOICE", body_override=text))["MessageBodyTextType"] == kind


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ", "is blank"),
        ("x" * 3_001, "has 3,001 spoken characters, at most 3,000"),
        (f"<speak>{'x' * 3_001}</speak>", "has 3,001 spoken characters"),
        (f"<speak>{'<p>x</p>' * 1_000}</speak>", "characters with SSML, at most 6,000"),
    ],
)
def test_a_text_that_cannot_be_read_out_costs_its_own_recipient(text, words):
    refusal = call().refusal(recipient("VOICE", body_override=text))
    assert refusal.delivery_status is p.DeliveryStatus.PERMANENT_FAILURE
    assert words in refusal.status_message
    assert call().refusal(voice()) is None


def test_a_number_in_the_message_is_warned_of():
    said = r"voice_message\.origination_number: isn't used, VoiceMessaging sets origination_identity: leave it out"
    with pytest.warns(p.MessageWarning, match=said):
        route = call(origination_number="+12065550111")
    assert sent(route, voice())["OriginationIdentity"] == FROM


def test_a_language_without_a_voice_is_warned_of():
    with pytest.warns(p.MessageWarning, match=r"voice_message\.language_code: 'fr-FR' can't be carried"):
        route = call(language_code="fr-FR")
    assert "fr" not in str(sent(route, voice()))


@pytest.mark.filterwarnings("error")
def test_a_language_with_a_voice_and_the_default_voices_own_are_not():
    call(language_code="fr-FR", voice_id="Celine")
    call(language_code="en-US")


def test_a_voice_is_letters():
    with pytest.raises(p.ValidationError, match=r"voice_message\.voice_id: 'Jo-Anna' isn't made of letters"):
        call(voice_id="Jo-Anna")


def test_which_messages_can_be_said():
    assert VoiceMessagingRoute.has_message(p.DirectMessageConfiguration(voice_message=p.VoiceMessage(body="x")))
    assert not VoiceMessagingRoute.has_message(p.DirectMessageConfiguration(sms_message=p.SMSMessage(body="x")))
    message = p.DirectMessageConfiguration(default_message=p.DefaultMessage(body="Hi"))
    settings = VoiceMessaging(origination_identity=FROM)
    assert sent(VoiceMessagingRoute(settings, message, context=None, trace_id=None), voice())["MessageBody"] == "Hi"
    assert call().weight([voice()]) == 1
