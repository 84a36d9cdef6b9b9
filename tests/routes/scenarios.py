"""What is sent by Pinpoint's look-up and by a directory alike: endpoints, a message, users, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from pinpoint_users import (
    ADMMessage,
    APNSMessage,
    BaiduMessage,
    DefaultMessage,
    DefaultPushNotificationMessage,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    MessageHeader,
    RawEmail,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    VoiceMessage,
)
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import TextMessaging, VoiceMessaging

Own = EndpointSendConfiguration


@attrs.frozen
class Scenario:
    name: str
    message: DirectMessageConfiguration
    endpoints: Sequence[dict[str, Any]]
    users: Mapping[str, EndpointSendConfiguration]
    fault: Callable[[LocalPinpoint], object] = lambda local: None
    how: Mapping[str, Any] = {}
    routes: Mapping[Any, Any] | None = None

    def __str__(self) -> str:
        return self.name


def endpoint(user_id: str, channel: str, address: str, **members: Any) -> dict[str, Any]:
    """An endpoint in AWS's shape, whose ID tells what it is."""
    user = {"UserId": user_id, **members.pop("User", {})}
    return {"Id": f"{user_id}-{channel}-{address}", "ChannelType": channel, "Address": address, "User": user, **members}


PHONE, OTHER_PHONE = "+12065550100", "+12065550101"
SMS = DirectMessageConfiguration(sms_message=SMSMessage(body="Code {{code}}"))
CODE = Own(substitutions={"code": ["123"]})
PUSH = ("ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM")
ALL = DirectMessageConfiguration(
    adm_message=ADMMessage(body="adm {{x}}"),
    apns_message=APNSMessage(title="T {{x}}", body="apns", badge=3),
    baidu_message=BaiduMessage(title="b", body="baidu"),
    gcm_message=GCMMessage(body="gcm", data={"k": "{{x}}"}),
    sms_message=SMSMessage(body="sms {{x}}"),
    voice_message=VoiceMessage(body="voice {{x}}"),
)
ATTRIBUTES = {
    "Attributes": {"plan": ["pro", "max"]},
    "Demographic": {"Locale": "en"},
    "Location": {"City": "Kyiv"},
    "User": {"UserAttributes": {"Name": ["Ann"]}},
}

HTML = SimpleEmailPart(data="<p>{{x}} {{{x}}} {{User.UserAttributes.Name}}</p>")
MAIL = DirectMessageConfiguration(
    email_message=EmailMessage(
        from_address="news@example.com",
        reply_to_addresses=["answers@example.com"],
        simple_email=SimpleEmail(
            subject=SimpleEmailPart(data="About {{x}}"),
            html_part=HTML,
            text_part=SimpleEmailPart(data="{{x}}, {{User.UserId}}"),
            headers=[MessageHeader(name="X-Of", value="{{User.UserId}}")],
        ),
    )
)
RAW = b"Subject: Raw {{x}}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBody {{x}} {{User.UserId}}\r\n"
VALUE = Own(substitutions={"x": ['<1> & "2"']})
BY_VERSION_2 = {
    "SMS": TextMessaging(origination_identity="+12065550199"),
    "VOICE": VoiceMessaging(origination_identity="+12065550199"),
}

SCENARIOS = [
    Scenario("e-mail", MAIL, [endpoint("u-1", "EMAIL", "ann@example.com", **ATTRIBUTES)], {"u-1": VALUE}),
    Scenario(
        "e-mail to 120",
        MAIL,
        [endpoint(f"u-{number}", "EMAIL", f"a{number}@example.com") for number in range(120)],
        {f"u-{number}": Own(substitutions={"x": [str(number)]}) for number in range(120)},
    ),
    Scenario(
        "e-mail with texts of one's own",
        MAIL,
        [endpoint("u-1", "EMAIL", "ann@example.com"), endpoint("u-2", "EMAIL", "bob@example.com")],
        {"u-1": Own(title_override="Own {{x}}", body_override="Body {{x}}", substitutions={"x": ["<1>"]}), "u-2": VALUE},
    ),
    Scenario(
        "raw e-mail",
        DirectMessageConfiguration(email_message=EmailMessage(from_address="a@example.com", raw_email=RawEmail(data=RAW))),
        [endpoint("u-1", "EMAIL", "ann@example.com")],
        {"u-1": Own(substitutions={"x": ["1"]})},
    ),
    Scenario(
        "an e-mail with blocks",
        DirectMessageConfiguration(
            email_message=EmailMessage(
                from_address="a@example.com",
                simple_email=SimpleEmail(
                    subject=SimpleEmailPart(data="{{#if x}}has{{else}}has not{{/if}}"),
                    html_part=SimpleEmailPart(data="{{#each Attributes.plan}}<i>{{this}}</i>{{else}}none{{/each}}"),
                ),
            )
        ),
        [endpoint("u-1", "EMAIL", "ann@example.com", **ATTRIBUTES), endpoint("u-2", "EMAIL", "bob@example.com")],
        {"u-1": Own(substitutions={"x": ["1"]}), "u-2": Own()},
    ),
    Scenario(
        "throttled e-mail",
        MAIL,
        [endpoint("u-1", "EMAIL", "ann@example.com"), endpoint("u-2", "EMAIL", "bob@example.com")],
        {"u-1": VALUE, "u-2": VALUE},
        lambda local: local.throttle(addresses=["ann@example.com"], times=2),
    ),
    Scenario(
        "e-mail opted out and inactive",
        MAIL,
        [
            endpoint("u-1", "EMAIL", "ann@example.com", OptOut="ALL"),
            endpoint("u-2", "EMAIL", "bob@example.com", EndpointStatus="INACTIVE"),
        ],
        {"u-1": VALUE, "u-2": VALUE},
    ),
    Scenario(
        "SMS and voice by version 2",
        ALL,
        [endpoint("u-1", "SMS", PHONE), endpoint("u-1", "VOICE", OTHER_PHONE), endpoint("u-1", "GCM", "token")],
        {"u-1": Own(substitutions={"x": ["1"]}), "u-2": Own(substitutions={"x": ["2"]})},
        routes=BY_VERSION_2,
    ),
    Scenario(
        "SMS by version 2, with attributes and texts of one's own",
        DirectMessageConfiguration(sms_message=SMSMessage(body="{{User.UserAttributes.Name}} {{#if x}}{{x}}{{/if}}")),
        [endpoint("u-1", "SMS", PHONE, **ATTRIBUTES), endpoint("u-2", "SMS", OTHER_PHONE, **ATTRIBUTES)],
        {"u-1": Own(substitutions={"x": ["1"]}), "u-2": Own(body_override="Own {{Address}}")},
        routes=BY_VERSION_2,
    ),
    Scenario(
        "throttled SMS by version 2",
        SMS,
        [endpoint("u-1", "SMS", PHONE), endpoint("u-2", "SMS", OTHER_PHONE)],
        {"u-1": CODE, "u-2": CODE},
        lambda local: local.throttle(addresses=[PHONE], times=2),
        routes=BY_VERSION_2,
    ),
    Scenario("one SMS", SMS, [endpoint("u-1", "SMS", PHONE)], {"u-1": CODE}),
    Scenario(
        "every channel that goes by address",
        ALL,
        [
            *(endpoint("u-1", channel, f"token-{channel}") for channel in PUSH),
            endpoint("u-1", "SMS", PHONE),
            endpoint("u-1", "VOICE", PHONE),
        ],
        {"u-1": Own(substitutions={"x": ["1"]})},
    ),
    Scenario("no endpoints", SMS, [endpoint("u-2", "SMS", PHONE)], {"u-1": CODE, "u-2": CODE}),
    Scenario(
        "opted out, inactive, and none for the channel",
        SMS,
        [
            endpoint("u-1", "SMS", PHONE, OptOut="ALL"),
            endpoint("u-2", "SMS", OTHER_PHONE, EndpointStatus="INACTIVE"),
            endpoint("u-3", "GCM", "token"),
            endpoint("u-4", "SMS", "+12065550104"),
        ],
        dict.fromkeys(("u-1", "u-2", "u-3", "u-4"), CODE),
    ),
    Scenario(
        "a user's address twice",
        SMS,
        [endpoint("u-1", "SMS", PHONE), {**endpoint("u-1", "SMS", PHONE), "Id": "u-1-again"}],
        {"u-1": CODE},
    ),
    Scenario(
        "overrides",
        ALL,
        [endpoint("u-1", "SMS", PHONE), endpoint("u-2", "GCM", "token-2"), endpoint("u-3", "APNS", "token-3")],
        {
            "u-1": Own(body_override="own {{x}} {{Address}}", substitutions={"x": ["1"]}),
            "u-2": Own(title_override="own title {{x}}", body_override="{{User.UserId}}", substitutions={"x": ["2"]}),
            "u-3": Own(raw_content='{"aps": {"alert": "{{x}} {{User.UserId}}"}}', substitutions={"x": ["3"]}),
        },
    ),
    Scenario(
        "attributes of the endpoint and the user",
        DirectMessageConfiguration(
            sms_message=SMSMessage(
                body="{{User.UserAttributes.Name}} {{Attributes.plan}} {{Attributes.plan.[1]}} {{Address}} "
                "{{Demographic.Locale}} {{Location.City}} {{User.UserId}} {{Attributes.absent}}."
            ),
            gcm_message=GCMMessage(
                title="{{User.UserAttributes.Name}}",
                body="{{#if Attributes.plan}}yes{{else}}no{{/if}} {{#each Attributes.plan}}<{{this}}>{{/each}}",
                url="https://example.com/{{User.UserId}}",
                data={"plan": "{{Attributes.plan}}"},
            ),
        ),
        [
            endpoint("u-1", "SMS", PHONE, **ATTRIBUTES),
            endpoint("u-1", "GCM", "token", **ATTRIBUTES),
            endpoint("u-2", "SMS", OTHER_PHONE),
        ],
        {"u-1": Own(), "u-2": Own()},
    ),
    Scenario(
        "defaults",
        DirectMessageConfiguration(
            default_message=DefaultMessage(body="for all {{x}}", substitutions={"x": ["default"]}),
            default_push_notification_message=DefaultPushNotificationMessage(title="push {{x}}"),
            apns_message=APNSMessage(badge=1, body="apns"),
        ),
        [
            endpoint("u-1", "APNS", "t-1"),
            endpoint("u-1", "GCM", "t-2"),
            endpoint("u-1", "SMS", PHONE),
            endpoint("u-2", "VOICE", OTHER_PHONE),
        ],
        {"u-1": Own(), "u-2": Own(substitutions={"x": ["own"]})},
    ),
    Scenario(
        "throttled twice, then not",
        SMS,
        [endpoint("u-1", "SMS", PHONE), endpoint("u-2", "SMS", OTHER_PHONE)],
        {"u-1": CODE, "u-2": CODE},
        lambda local: local.throttle(addresses=[PHONE], times=2),
    ),
    Scenario(
        "throttled to the end",
        SMS,
        [endpoint("u-1", "SMS", PHONE), endpoint("u-2", "SMS", OTHER_PHONE)],
        {"u-1": CODE, "u-2": CODE},
        lambda local: local.throttle(addresses=[PHONE], times=9),
    ),
    Scenario(
        "refused for its rate", SMS, [endpoint("u-1", "SMS", PHONE)], {"u-1": CODE}, lambda local: local.fail_next(429, times=2)
    ),
    Scenario("a lost connection", SMS, [endpoint("u-1", "SMS", PHONE)], {"u-1": CODE}, lambda local: local.drop_next()),
    Scenario("an answer with 500", SMS, [endpoint("u-1", "SMS", PHONE)], {"u-1": CODE}, lambda local: local.fail_next(500)),
    Scenario("a missing variable", SMS, [endpoint("u-1", "SMS", PHONE)], {"u-1": Own()}),
    Scenario(
        "only some channels",
        ALL,
        [endpoint("u-1", "SMS", PHONE), endpoint("u-1", "GCM", "token")],
        {"u-1": Own(substitutions={"x": ["1"]})},
        how={"channels": ["SMS"]},
    ),
    Scenario(
        "only push, by the defaults",
        DirectMessageConfiguration(
            default_message=DefaultMessage(body="all {{x}}"),
            default_push_notification_message=DefaultPushNotificationMessage(title="t"),
        ),
        [endpoint("u-1", "SMS", PHONE), endpoint("u-1", "GCM", "token"), endpoint("u-1", "APNS", "token-2")],
        {"u-1": Own(substitutions={"x": ["1"]})},
        how={"channels": ["PUSH"]},
    ),
    Scenario(
        "250 users",
        SMS,
        [endpoint(f"u-{number}", "SMS", f"+1206556{number:04}") for number in range(250)],
        {f"u-{number}": Own(substitutions={"code": [str(number)]}) for number in range(250)},
    ),
]
