"""`templates=`: what `template_configuration` names, from a folder or a mapping, in AWS's template shape."""

from __future__ import annotations

import json

import botocore.session
import pytest
from rendering.by_both import ENDPOINT, endpoint_of

import pinpoint_users as p
from pinpoint_users._rendering.addresses import for_addresses
from pinpoint_users._rendering.emails import for_email
from pinpoint_users._rendering.stored import KINDS, PUSH_PARTS
from pinpoint_users._rendering.template_store import TemplateStore
from pinpoint_users._rendering.texts import for_text

Own = p.EndpointSendConfiguration
EMPTY = p.DirectMessageConfiguration()
NOT_CONTENT = {"DefaultSubstitutions", "RecommenderId", "TemplateDescription", "tags"}


def resolve(templates, message=EMPTY, **named):
    configuration = p.TemplateConfiguration(**{f"{kind}_template": p.Template(name=name) for kind, name in named.items()})
    return TemplateStore.of(templates).resolve(configuration, message)


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        ("EmailTemplateRequest", KINDS["email"]),
        ("PushNotificationTemplateRequest", KINDS["push"]),
        ("SMSTemplateRequest", KINDS["sms"]),
        ("VoiceTemplateRequest", KINDS["voice"]),
        ("DefaultPushNotificationTemplate", PUSH_PARTS["Default"]),
        ("APNSPushNotificationTemplate", PUSH_PARTS["APNS"]),
        *(("AndroidPushNotificationTemplate", PUSH_PARTS[name]) for name in ("ADM", "Baidu", "GCM")),
    ],
)
def test_the_members_are_those_of_the_model(shape, parts):
    model = botocore.session.Session().get_service_model("pinpoint")
    assert {*model.shape_for(shape).members} - NOT_CONTENT == parts


def test_a_folder(tmp_path):
    def write(name, content):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")

    write("code.sms.json", {"Body": "Hi {{name}}", "DefaultSubstitutions": '{"name": "you"}'})
    write("code@2.sms.json", {"SMSTemplateResponse": {"Body": "two", "TemplateName": "code", "Version": "2", "Arn": "a"}})
    write("call.voice.json", {"Body": "call", "LanguageCode": "en-US", "VoiceId": "Joanna", "tags": {"a": "b"}})
    (tmp_path / "readme.txt").write_text("none of them", encoding="utf-8")
    store = TemplateStore.of(str(tmp_path))
    names = p.TemplateConfiguration(sms_template=p.Template(name="code"), voice_template=p.Template(name="call"))
    message = store.resolve(names, EMPTY)
    assert message.sms_message == p.SMSMessage(body="Hi {{name}}", substitutions={"name": ["you"]})
    assert message.voice_message == p.VoiceMessage(body="call", language_code="en-US", voice_id="Joanna")
    second = p.TemplateConfiguration(sms_template=p.Template(name="code", version="2"))
    assert store.resolve(second, EMPTY).sms_message.body == "two"
    assert store.resolve(None, message) is message


def test_without_a_version_the_highest_is_meant():
    store = TemplateStore.of({f"a@{version}.sms": {"Body": version} for version in ("9", "10", "draft")})
    names = p.TemplateConfiguration(sms_template=p.Template(name="a"))
    assert store.resolve(names, EMPTY).sms_message.body == "10"


def test_a_version_in_an_answer_counts():
    store = TemplateStore.of({"a.sms": {"Body": "active", "Version": "7"}})
    names = p.TemplateConfiguration(sms_template=p.Template(name="a", version="7"))
    assert store.resolve(names, EMPTY).sms_message.body == "active"


def test_what_the_message_says_wins():
    templates = {
        "a.email": {
            "Subject": "S {{x}}",
            "TextPart": "T",
            "HtmlPart": "H",
            "Headers": [{"Name": "X-A", "Value": "1"}, {"Name": "x-b", "Value": "1"}],
            "DefaultSubstitutions": {"x": "template", "y": "template", "z": "template", "n": [1, 2.5, True]},
        }
    }
    own = p.EmailMessage(
        from_address="us@example.com",
        simple_email=p.SimpleEmail(subject="own", headers=[p.MessageHeader(name="X-B", value="2")]),
        substitutions={"z": ["own"]},
    )
    default = p.DefaultMessage(body="default", substitutions={"y": ["default"]})
    message = resolve(templates, p.DirectMessageConfiguration(email_message=own, default_message=default), email="a")
    assert message.email_message == p.EmailMessage(
        from_address="us@example.com",
        simple_email=p.SimpleEmail(
            subject="own",
            text_part="T",
            html_part="H",
            headers=[p.MessageHeader(name="X-B", value="2"), p.MessageHeader(name="X-A", value="1")],
        ),
        substitutions={"x": ["template"], "y": ["default"], "z": ["own"], "n": ["1", "2.5", "true"]},
    )
    assert message.default_message == default


def test_a_body_of_the_message_stands_for_the_text_part():
    message = p.DirectMessageConfiguration(email_message=p.EmailMessage(body="own"))
    texts = for_email(resolve({"a.email": {"TextPart": "T", "HtmlPart": "H"}}, message, email="a"))
    assert (texts.template.text, texts.template.html) == ("own", "H")


def test_a_raw_message_needs_no_template():
    message = p.DirectMessageConfiguration(email_message=p.EmailMessage(raw_email=p.RawEmail(data=b"Subject: x\r\n\r\nx")))
    assert resolve({"a.email": {"TextPart": "T"}}, message, email="a") == message


def test_push():
    templates = {
        "a.push": {
            "Default": {"Action": "URL", "Body": "B {{x}}", "Title": "T", "Url": "https://example.com", "Sound": "ping"},
            "APNS": {"Body": "apns", "MediaUrl": "https://example.com/a.png", "Sound": "own"},
            "GCM": {"RawContent": '{"data": {"x": "{{x}}"}}'},
            "DefaultSubstitutions": '{"x": "template"}',
        }
    }
    message = resolve(templates, p.DirectMessageConfiguration(apns_message=p.APNSMessage(badge=1)), push="a")
    values = {"x": ["template"]}
    default = {"action": "URL", "body": "B {{x}}", "title": "T", "url": "https://example.com"}
    assert message == p.DirectMessageConfiguration(
        default_push_notification_message=p.DefaultPushNotificationMessage(**default, substitutions=values),
        apns_message=p.APNSMessage(
            badge=1, body="apns", media_url="https://example.com/a.png", sound="own", substitutions=values
        ),
        gcm_message=p.GCMMessage(raw_content='{"data": {"x": "{{x}}"}}', substitutions=values),
        adm_message=p.ADMMessage(**default, sound="ping", substitutions=values),
        baidu_message=p.BaiduMessage(**default, sound="ping", substitutions=values),
    )
    assert resolve({"a.push": {"GCM": {"Body": "b"}}}, push="a") == p.DirectMessageConfiguration(
        gcm_message=p.GCMMessage(body="b")
    )


def test_an_attribute_wins_over_a_templates_default():
    defaults = {"User": {"UserAttributes": {"Name": "you", "Gone": "none"}}, "Attributes.none": "default", "name": "friend"}
    body = "{{User.UserAttributes.Name}} {{User.UserAttributes.Gone}} {{Attributes.none}} {{name}}"
    body += " {{#if User.UserAttributes.Gone}}y{{/if}}"
    message = resolve({"a.sms": {"Body": body, "DefaultSubstitutions": defaults}}, sms="a")
    text = for_text(message, "SMS")
    assert text.render(Own(), ENDPOINT) == "Ann & Bo none default friend y"
    assert text.missing(Own(), ENDPOINT) == ()
    own = Own(substitutions={"User.UserAttributes.Name": ["own"]})
    assert text.render(own, ENDPOINT).startswith("own ")
    prepared = for_addresses(message)
    assert prepared.message.sms_message == p.SMSMessage(
        body="{{v1}} {{v2}} {{v3}} {{name}} {{v4}}", substitutions={"name": ["friend"]}
    )
    assert prepared.own(own, endpoint_of())["Substitutions"]["v2"] == ["none"]


@pytest.mark.parametrize(
    ("named", "problem"),
    [
        (
            {"sms_template": p.Template(name="wellcome")},
            "sms_template.name: no sms template 'wellcome' is in templates=; did you mean welcome?",
        ),
        ({"sms_template": p.Template(name="zzz")}, "sms_template.name: no sms template 'zzz' is in templates="),
        ({"voice_template": p.Template(name="welcome")}, "voice_template.name: no voice template 'welcome' is in templates="),
        ({"sms_template": p.Template()}, "sms_template.name: is required"),
        ({"sms_template": p.Template(name="welcome", version="3")}, "has no version '3'; there are: 1, 2"),
        ({"email_template": p.Template(name="letter", version="3")}, "has no version '3'; there are: none but the one without"),
    ],
)
def test_a_template_that_is_not_there(named, problem):
    store = TemplateStore.of(
        {"welcome@2.sms": {"Body": "x"}, "welcome@1.sms": {"Body": "x"}, "letter.email": {"TextPart": "x"}}
    )
    with pytest.raises(p.ValidationError) as raised:
        store.resolve(p.TemplateConfiguration(**named), EMPTY)
    assert str(raised.value).endswith(problem)


@pytest.mark.parametrize(
    ("key", "data", "problem"),
    [
        ("a", {}, "['a']: isn't called name.kind or name@version.kind; allowed kinds: email, push, sms, voice"),
        ("a.sms", {"Boddy": "x"}, "['a.sms'].Boddy: no member of such a template; allowed: Body; did you mean Body?"),
        ("a.push", {"GCM": {"Badge": 1}}, "['a.push'].GCM.Badge: no member of such a template"),
        ("a.push", {"GCM": "text"}, "['a.push'].GCM: is a str, a mapping is allowed"),
        ("a.sms", [], "['a.sms']: is a list, a mapping is allowed"),
        ("a.sms", {"DefaultSubstitutions": "{"}, "['a.sms'].DefaultSubstitutions: isn't a JSON object of names and values"),
        ("a.sms", {"DefaultSubstitutions": "[]"}, "['a.sms'].DefaultSubstitutions: isn't a JSON object of names and values"),
        ("a.sms", {"Body": "x" * 1601}, "Body: 1,601"),
        ("a.sms", {"Body": 1}, "Body"),
    ],
)
def test_a_template_that_cannot_be_read(key, data, problem):
    with pytest.raises(p.ValidationError) as raised:
        TemplateStore.of({key: data})
    assert problem in str(raised.value)


def test_every_fault_is_told_at_once(tmp_path):
    (tmp_path / "a.sms.json").write_text("{", encoding="utf-8")
    (tmp_path / "b.sms.json").write_text('{"Bodi": ""}', encoding="utf-8")
    with pytest.raises(p.ValidationError) as raised:
        TemplateStore.of(tmp_path)
    assert [fault.path for fault in raised.value.faults] == ["['a.sms']", "['b.sms'].Bodi"]
    with pytest.raises(p.ValidationError, match="is no folder"):
        TemplateStore.of(tmp_path / "gone")
    names = p.TemplateConfiguration(sms_template=p.Template(name="a"), push_template=p.Template(name="b"))
    with pytest.raises(p.ValidationError) as raised:
        TemplateStore.of({}).resolve(names, EMPTY)
    assert len(raised.value.faults) == 2
