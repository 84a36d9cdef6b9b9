"""What the service may take and nobody can mean is warned of once, where it was written, and sent as it is."""

from __future__ import annotations

import json
import warnings

import attrs
import pytest

import pinpoint_users as p
from pinpoint_users import MessageWarning
from pinpoint_users._shapes.names import member_name
from pinpoint_users.local import LocalPinpoint

NOTIFICATIONS = [p.ADMMessage, p.APNSMessage, p.BaiduMessage, p.DefaultPushNotificationMessage, p.GCMMessage]
USER = {"u": p.EndpointSendConfiguration()}
TEMPLATES = p.TemplateConfiguration(sms_template=p.Template(name="t"))


def advice_of(make):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
    assert {warning.category for warning in caught} <= {MessageWarning}
    assert {warning.filename for warning in caught} <= {__file__}
    return [str(warning.message) for warning in caught]


@pytest.mark.parametrize("cls", NOTIFICATIONS, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("action", ["URL", "DEEP_LINK"])
def test_an_action_that_needs_a_url(cls, action):
    wanted = [f"{cls.__name__}.action: {action} has nowhere to go without a url: give it one, or leave action out"]
    assert advice_of(lambda: cls(action=action, body="b")) == wanted
    assert advice_of(lambda: cls.builder().action(action).body("b").build()) == wanted
    assert advice_of(lambda: cls.from_dict({"Action": action, "Body": "b"})) == wanted
    assert advice_of(lambda: attrs.evolve(cls(action=action, url="https://example.com"), url=None)) == wanted
    assert advice_of(lambda: cls(action=action, body="b", url="https://example.com")) == []
    assert advice_of(lambda: cls(action="OPEN_APP", body="b")) == []


def test_a_raw_message_without_headers():
    for line in (b"\n", b"\r\n"):
        (advice,) = advice_of(lambda data=line + b"Subject: Hi\n\nHi": p.RawEmail(data=data))
        assert advice.startswith("RawEmail.data: begins with an empty line, after which there are no more headers")
    assert advice_of(lambda: p.RawEmail(data=b"Subject: Hi\n\nHi")) == []
    assert advice_of(p.RawEmail) == []


FCM = "isn't text, and FCM refuses data that aren't: put it in quotes; it is sent as it is"
SNS = "has the payload in {!r}, as Amazon SNS takes it: write what stands in there; it is sent as it is"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"fcmV1Message": {"message": {"data": {"a": "1", "b": 2}}}}, f"fcmV1Message.message.data['b'] {FCM}"),
        (
            {"fcmV1Message": {"message": {"data": {"a": "1"}, "android": {"data": {"b": {"c": "d"}}}}}},
            f"fcmV1Message.message.android.data['b'] {FCM}",
        ),
        ({"default": "x", "GCM": '{"data": {}}'}, SNS.format("GCM")),
        ({"APNS_SANDBOX": '{"aps": {}}'}, SNS.format("APNS_SANDBOX")),
        ({"fcmV1Message": {"message": {"data": {"a": "1"}, "android": {"data": None}}}}, None),
        ({"fcmV1Message": "x", "data": {"a": 1, "GCM": "b"}}, None),
        ({"GCM": {"data": {}}, "aps": {"alert": "APNS"}}, None),
    ],
)
@pytest.mark.parametrize("cls", [p.APNSMessage, p.GCMMessage], ids=lambda cls: cls.__name__)
def test_a_payload_that_its_push_service_refuses_or_that_shows_nothing(*, cls, content, problem):
    wanted = [] if problem is None else [f"{cls.__name__}.raw_content: {problem}"]
    assert advice_of(lambda: cls(raw_content=content)) == wanted
    assert cls(raw_content=json.dumps(content)).raw_content == json.dumps(content)


def test_raw_content_stands_for_the_action():
    assert advice_of(lambda: p.GCMMessage(action="URL", raw_content={})) == []


@pytest.mark.parametrize("word", ["liveactivity", "location", "pushtotalk", "controls", "widgets", "newinyears"])
def test_a_push_type_that_aws_does_not_list_is_taken(word):
    assert p.APNSMessage(apns_push_type=word).to_dict() == {"APNSPushType": word}
    (advice,) = advice_of(lambda: p.APNSMessage(apns_push_type=word))
    assert advice.startswith(f"APNSMessage.apns_push_type: {word!r} isn't among AWS's (alert, background, ")


def test_most_classes_have_no_advice():
    assert list(p.VoiceMessage()._advice()) == []


def test_a_push_type_that_is_misspelt_is_refused():
    for word, meant in [("alrt", "alert"), ("ALRT", "alert"), ("live-activity", "liveactivity"), ("back", "background")]:
        with pytest.raises(p.ValidationError, match=f"did you mean {meant}"):
            p.APNSMessage(apns_push_type=word)
    assert advice_of(lambda: p.APNSMessage(apns_push_type="voip")) == []


@pytest.mark.parametrize(
    ("cls", "name", "written", "word"),
    [
        *[(cls, "action", "open_app", p.Action.OPEN_APP) for cls in NOTIFICATIONS],
        (p.SMSMessage, "message_type", "Transactional", p.MessageType.TRANSACTIONAL),
        (p.APNSMessage, "apns_push_type", "VoIP", "voip"),
        (p.APNSMessage, "apns_push_type", "LiveActivity", "liveactivity"),
        (p.APNSMessage, "preferred_authentication_method", "token", "TOKEN"),
        (p.APNSMessage, "priority", "High", "high"),
        (p.GCMMessage, "preferred_authentication_method", "key", "KEY"),
        (p.GCMMessage, "priority", "HIGH", "high"),
    ],
)
def test_a_word_in_another_case_is_taken_for_awss(cls, name, written, word):
    member = member_name(name)
    wanted = f"{cls.__name__}.{name}: {written!r} is sent as {str(word)!r}, as AWS writes it"
    assert advice_of(lambda: cls(**{name: written}))[0] == wanted
    assert advice_of(lambda: getattr(cls.builder(), name)(written).build())[0] == wanted
    assert advice_of(lambda: cls.from_dict({member: written}))[0] == wanted
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = cls(**{name: written})
        assert value == attrs.evolve(value) == cls.from_dict(value.to_dict())
    assert type(getattr(value, name)) is type(word)
    assert value.to_dict() == {member: word}


def prepared(**messages):
    with LocalPinpoint() as local, local.client() as pinpoint:
        message = p.DirectMessageConfiguration(**messages)
        return advice_of(lambda: [pinpoint.send(message, [], missing_variables="empty") for _ in range(2)])


CSS = "<style>@media print{a{color:red}}</style>{{name}}"


@pytest.mark.parametrize(
    ("messages", "path", "problem"),
    [
        ({"sms_message": p.SMSMessage(body="Hi {{name")}, "sms_message.body", "a {{ isn't closed by }}"),
        ({"sms_message": p.SMSMessage(body="Hi {name}}")}, "sms_message.body", "a }} has no {{ before it"),
        (
            {"gcm_message": p.GCMMessage(body="b", data={"k": "{{#if a}}b"})},
            "gcm_message.data['k']",
            "a block isn't closed, or ends where none began",
        ),
        (
            {"gcm_message": p.GCMMessage(raw_content='{"data": {"k": "{{x"}}')},
            "gcm_message.raw_content",
            "a {{ isn't closed by }}",
        ),
        (
            {"email_message": p.EmailMessage(simple_email=p.SimpleEmail(html_part=CSS + "{{x", subject="s"))},
            "email_message.simple_email.html_part.data",
            "a {{ isn't closed by }}",
        ),
    ],
)
def test_a_text_that_goes_out_as_written_is_warned_of_once(messages, path, problem):
    assert prepared(**messages) == [f"DirectMessageConfiguration.{path}: {problem}: it goes out as it is written"]


@pytest.mark.parametrize(
    "body", ["Dear {{first name}}", "{{#if a}}{{else}}{{first name=a}}{{/if}}", "{{name}}{{{first a}}}{{last a}}"]
)
def test_a_helper_that_is_none_is_warned_of_once(body):
    (advice,) = prepared(sms_message=p.SMSMessage(body=body))
    assert advice == (
        "DirectMessageConfiguration.sms_message.body: first isn't one of Pinpoint's template helpers, and what calls it is "
        "left out of the text; a variable with a blank in its name is written {{[first …]}}"
    )
    assert (
        prepared(sms_message=p.SMSMessage(body='Dear {{[first name]}} {{upper a}} {{#if (add a "1")}}{{join b ", "}}{{/if}}'))
        == []
    )


def test_a_text_that_is_read_is_not_warned_of():
    header = p.MessageHeader(name="X-A", value="{{a}}")
    mail = p.SimpleEmail(html_part=CSS, text_part="{{#if a}}{{{b}}}{{/if}}", subject="{{c}}", headers=[header])
    texts = {"sms_message": p.SMSMessage(body=r"\{{name}} {{a}} {b}"), "email_message": p.EmailMessage(simple_email=mail)}
    assert prepared(**texts, gcm_message=p.GCMMessage(raw_content='{"data":{"k":{"a":"{{b}}"}}}')) == []


def test_a_number_beside_a_sender_id():
    told = ["SMSMessage.sender_id: may cause problems beside an origination_number: give one of them"]
    assert advice_of(lambda: p.SMSMessage(origination_number="+12065550100", sender_id="Shop")) == told


def test_our_own_words_have_one_case():
    with pytest.raises(p.ValidationError, match="did you mean resend"):
        p.RetryPolicy(on_unknown="RESEND")


EMPTY = [
    {"sms_message": p.SMSMessage(message_type="TRANSACTIONAL", body="")},
    {"email_message": p.EmailMessage(from_address="a@example.com", simple_email=p.SimpleEmail(subject="", html_part=""))},
    {"gcm_message": p.GCMMessage(priority="high"), "voice_message": p.VoiceMessage(voice_id="Joanna")},
]


@pytest.mark.parametrize("messages", EMPTY, ids="+".join)
def test_a_request_whose_message_shows_nothing(messages):
    message = p.DirectMessageConfiguration(**messages)
    wanted = [
        (
            "SendUsersMessageRequest.message_configuration: no channel's message has anything to show, and there is no "
            "template: give it a body"
        )
    ]
    assert advice_of(lambda: p.SendUsersMessageRequest(message_configuration=message, users=USER)) == wanted
    assert advice_of(lambda: p.SendUsersMessageRequest(message_configuration=message, users={})) == wanted
    own = {"u": p.EndpointSendConfiguration(body_override="x")}
    assert advice_of(lambda: p.SendUsersMessageRequest(message_configuration=message, users=own)) == []
    both = {**own, **USER} | {"v": own["u"]}
    assert advice_of(lambda: p.SendUsersMessageRequest(message_configuration=message, users=both)) == wanted
    templated = {"message_configuration": message, "users": USER, "template_configuration": TEMPLATES}
    assert advice_of(lambda: p.SendUsersMessageRequest(**templated)) == []


@pytest.mark.parametrize(
    "messages",
    [
        {"apns_message": p.APNSMessage(badge=0)},
        {"apns_message": p.APNSMessage(silent_push=True)},
        {"gcm_message": p.GCMMessage(data={"k": "v"})},
        {"gcm_message": p.GCMMessage(priority="high"), "default_message": p.DefaultMessage(body="b")},
        {"email_message": p.EmailMessage(simple_email=p.SimpleEmail(text_part="t"))},
        {"email_message": p.EmailMessage(raw_email=p.RawEmail(data=b"A: b"))},
        {},
    ],
    ids=str,
)
def test_a_request_that_shows_something_or_is_empty(messages):
    message = p.DirectMessageConfiguration(**messages)
    assert advice_of(lambda: p.SendUsersMessageRequest(message_configuration=message, users=USER)) == []
