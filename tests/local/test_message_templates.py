"""Message templates of the embedded service: kept by version, and sent with."""

from __future__ import annotations

import pytest
from over_http import refused

EMAIL = {"Subject": "Hi {{name}}", "HtmlPart": "<p>{{#if vip}}VIP {{/if}}{{name}}</p>", "TextPart": "Hi {{name}}"}
PUSH = {"Default": {"Title": "T {{name}}", "Body": "B"}, "APNS": {"Sound": "ping"}, "GCM": {"Body": "G {{name}}"}}
SENT = {
    "Email": EMAIL,
    "Push": PUSH,
    "Sms": {"Body": "Hi {{name}}{{#each list}} {{this}}{{/each}}", "DefaultSubstitutions": '{"name": "you"}'},
    "Voice": {"Body": "Hello {{name}}", "LanguageCode": "en-US"},
}
PARAMETER = {
    "Email": "EmailTemplateRequest",
    "Push": "PushNotificationTemplateRequest",
    "Sms": "SMSTemplateRequest",
    "Voice": "VoiceTemplateRequest",
}
WRAPPER = {
    "Email": "EmailTemplateResponse",
    "Push": "PushNotificationTemplateResponse",
    "Sms": "SMSTemplateResponse",
    "Voice": "VoiceTemplateResponse",
}


def call(pinpoint, verb, kind, name="t", content=None, **more):
    parameters = {} if content is None else {PARAMETER[kind]: content}
    return getattr(pinpoint, f"{verb}_{kind.lower()}_template")(TemplateName=name, **parameters, **more)


@pytest.fixture(autouse=True)
def _no_templates(pinpoint, remote):
    for kind in ("Email", "Push", "Sms", "Voice"):
        for each in pinpoint.list_templates(TemplateType=kind.upper())["TemplatesResponse"]["Item"]:
            call(pinpoint, "delete", kind, each["TemplateName"])


def send(pinpoint, remote, users=None, **templates):
    configuration = {f"{kind}Template": named for kind, named in templates.items()}
    request = {"MessageConfiguration": {}, "TemplateConfiguration": configuration, "Users": users or {"u": {}}}
    answer = pinpoint.send_users_messages(ApplicationId=remote.application_id, SendUsersMessageRequest=request)
    return answer["SendUsersMessageResponse"]["Result"]


@pytest.mark.parametrize("kind", SENT)
def test_from_creation_to_deletion(pinpoint, remote, kind):
    created = call(pinpoint, "create", kind, content={**SENT[kind], "TemplateDescription": "first", "tags": {"a": "b"}})
    assert created["CreateTemplateMessageBody"]["Arn"].endswith(f"templates/t/{kind.upper()}")
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    call(pinpoint, "update", kind, content=SENT[kind])
    found = call(pinpoint, "get", kind)[WRAPPER[kind]]
    assert {name: found[name] for name in SENT[kind]} == SENT[kind]
    assert (found["TemplateName"], found["TemplateType"], found["Version"]) == ("t", kind.upper(), "1")
    assert found["tags"] == {"a": "b"}
    assert "TemplateDescription" not in found
    (listed,) = pinpoint.list_templates(Prefix="t")["TemplatesResponse"]["Item"]
    assert (listed["TemplateName"], listed["TemplateType"]) == ("t", kind.upper())
    assert pinpoint.list_templates(Prefix="x")["TemplatesResponse"]["Item"] == []
    call(pinpoint, "delete", kind)
    assert refused(getattr(pinpoint, f"get_{kind.lower()}_template"), TemplateName="t") == (404, "NotFoundException")


def test_versions_and_the_active_one(pinpoint, remote):
    call(pinpoint, "create", "Sms", content={"Body": "one"})
    call(pinpoint, "update", "Sms", content={"Body": "two"}, CreateNewVersion=True)
    call(pinpoint, "update", "Sms", content={"Body": "two!"}, Version="2")
    assert call(pinpoint, "get", "Sms")["SMSTemplateResponse"]["Body"] == "one"
    assert call(pinpoint, "get", "Sms", Version="2")["SMSTemplateResponse"]["Body"] == "two!"
    versions = pinpoint.list_template_versions(TemplateName="t", TemplateType="SMS")["TemplateVersionsResponse"]["Item"]
    assert [each["Version"] for each in versions] == ["2", "1"]
    pages = pinpoint.list_template_versions(TemplateName="t", TemplateType="SMS", PageSize="1")["TemplateVersionsResponse"]
    rest = pinpoint.list_template_versions(TemplateName="t", TemplateType="SMS", NextToken=pages["NextToken"])
    assert [each["Version"] for each in rest["TemplateVersionsResponse"]["Item"]] == ["1"]
    activate = {"TemplateName": "t", "TemplateType": "SMS"}
    for version, body in (("latest", "two!"), ("1", "one")):
        pinpoint.update_template_active_version(**activate, TemplateActiveVersionRequest={"Version": version})
        send(pinpoint, remote, SMS={"Name": "t"})
        assert remote.deliveries()[-1].body == body
    send(pinpoint, remote, SMS={"Name": "t", "Version": "2"})
    assert remote.deliveries()[-1].body == "two!"
    call(pinpoint, "delete", "Sms", Version="1")
    assert call(pinpoint, "get", "Sms")["SMSTemplateResponse"]["Version"] == "2"
    call(pinpoint, "update", "Sms", content={"Body": "three"}, CreateNewVersion=True)
    call(pinpoint, "delete", "Sms", Version="3")
    assert call(pinpoint, "get", "Sms")["SMSTemplateResponse"]["Version"] == "2"
    wrong = {"TemplateName": "t", "SMSTemplateRequest": {"Body": "x"}}
    assert refused(pinpoint.update_sms_template, **wrong, Version="1") == (400, "BadRequestException")
    assert refused(pinpoint.update_sms_template, **wrong, Version="2", CreateNewVersion=True) == (400, "BadRequestException")


def test_every_channel_is_sent_by_its_template(pinpoint, remote):
    for kind, content in SENT.items():
        call(pinpoint, "create", kind, content=content)
    for channel, address in (("EMAIL", "ann@example.com"), ("APNS", "a"), ("GCM", "g"), ("VOICE", "+12065550101")):
        remote.add_endpoint(user_id="all", channel_type=channel, address=address)
    remote.add_endpoint(user_id="all", channel_type="SMS", address="+12065550102")
    own = {"Substitutions": {"name": ["Ann"], "vip": ["true"], "list": ["a", "b"]}}
    results = send(
        pinpoint, remote, {"all": own}, SMS={"Name": "t"}, Email={"Name": "t"}, Push={"Name": "t"}, Voice={"Name": "t"}
    )
    assert {result["DeliveryStatus"] for result in results["all"].values()} == {"SUCCESSFUL"}
    got = {delivery.channel_type.value: (delivery.title, delivery.body, delivery.html) for delivery in remote.deliveries()}
    assert got == {
        "EMAIL": ("Hi Ann", "Hi Ann", "<p>VIP Ann</p>"),
        "APNS": ("T Ann", "B", None),
        "GCM": ("T Ann", "G Ann", None),
        "VOICE": (None, "Hello Ann", None),
        "SMS": (None, "Hi Ann a b", None),
    }


def test_a_default_value_stands_in_and_what_the_message_says_wins(pinpoint, remote):
    call(pinpoint, "create", "Sms", content=SENT["Sms"])
    send(pinpoint, remote, SMS={"Name": "t"})
    request = {
        "MessageConfiguration": {"SMSMessage": {"MessageType": "PROMOTIONAL", "Substitutions": {"name": ["Bob"]}}},
        "TemplateConfiguration": {"SMSTemplate": {"Name": "t"}},
        "Addresses": {"+12065550100": {"ChannelType": "SMS"}},
    }
    pinpoint.send_messages(ApplicationId=remote.application_id, MessageRequest=request)
    first, second = remote.deliveries()
    assert (first.body, second.body, second.message["MessageType"]) == ("Hi you", "Hi Bob", "PROMOTIONAL")


def test_what_is_refused(pinpoint, remote):
    sms = {"SMSTemplateRequest": {"Body": "x"}}
    pinpoint.create_sms_template(TemplateName="t", **sms)
    bad, unknown = (400, "BadRequestException"), (404, "NotFoundException")
    assert refused(pinpoint.create_sms_template, TemplateName="t", **sms) == bad
    assert refused(pinpoint.create_sms_template, TemplateName="-t", **sms) == bad
    wrong = {"EmailTemplateRequest": {"Subject": "x", "DefaultSubstitutions": "no JSON"}}
    assert refused(pinpoint.create_email_template, TemplateName="e", **wrong) == bad
    assert refused(pinpoint.update_sms_template, TemplateName="gone", **sms) == unknown
    assert refused(pinpoint.delete_sms_template, TemplateName="t", Version="7") == unknown
    kind = {"TemplateName": "t", "TemplateType": "INAPP"}
    assert refused(pinpoint.update_template_active_version, **kind, TemplateActiveVersionRequest={}) == bad
    request = {
        "MessageConfiguration": {},
        "TemplateConfiguration": {"SMSTemplate": {"Name": "gone"}},
        "Users": {"u": {}},
    }
    send_it = {"ApplicationId": remote.application_id, "SendUsersMessageRequest": request}
    assert refused(pinpoint.send_users_messages, **send_it) == unknown
    assert remote.deliveries() == ()


def test_members_that_a_template_lacks_are_refused(raw, remote):
    for body, words in ((b'{"Bdy": "x"}', b"Body"), (b'{"Body": 1}', b"string")):
        raw.request("POST", "/v1/templates/t/sms", body)
        answer = raw.getresponse()
        said = answer.read()
        assert answer.status == 400
        assert words in said
