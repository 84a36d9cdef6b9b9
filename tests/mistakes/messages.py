"""Mistakes in a message, or with what is handed in for one."""

from __future__ import annotations

from mistakes.common import MESSAGE, OWN, SMS, send

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    GCMMessage,
    RawEmail,
    SendUsersMessageRequest,
    SimpleEmail,
    SMSMessage,
    Template,
    TemplateConfiguration,
)

FIELDS = (
    "adm_message, apns_message, baidu_message, default_message, default_push_notification_message, email_message, gcm_message, "
    "sms_message, voice_message"
)
NOT_A_MESSAGE = "SendUsersMessageRequest: message_configuration: must be DirectMessageConfiguration, not"
OF_EMAIL = "body, feedback_forwarding_address, from_address, raw_email, reply_to_addresses, simple_email, substitutions"
OF_SMS = "body, keyword, media_url, message_type, origination_number, sender_id, substitutions, entity_id, template_id"


def of_email(**values):
    return lambda _: EmailMessage(**values)


def change(_):
    SMS.body = "Ho"


def change_a_mapping(_):
    OWN.substitutions["name"] = ["Bob"]


MISTAKES = {
    "a channel's message": (
        send(SMS, ["u-1"]),
        f"{NOT_A_MESSAGE} SMSMessage: write DirectMessageConfiguration(sms_message=…)",
    ),
    "a channel's builder": (
        send(GCMMessage.builder().body("Hi"), ["u-1"]),
        f"{NOT_A_MESSAGE} GCMMessage: write DirectMessageConfiguration(gcm_message=…)",
    ),
    "an e-mail's content": (
        send(SimpleEmail(subject="Hi"), ["u-1"]),
        f"{NOT_A_MESSAGE} SimpleEmail: write DirectMessageConfiguration(email_message=EmailMessage(simple_email=…))",
    ),
    "raw e-mail": (
        send(RawEmail(data=b"Subject: Hi"), ["u-1"]),
        f"{NOT_A_MESSAGE} RawEmail: write DirectMessageConfiguration(email_message=EmailMessage(raw_email=…))",
    ),
    "a text": (
        send("Hi", ["u-1"]),
        f"{NOT_A_MESSAGE} str: write DirectMessageConfiguration(sms_message=SMSMessage(body=…)), or another channel's message",
    ),
    "a dict": (
        send({"SMSMessage": {"Body": "Hi"}}, ["u-1"]),
        f"{NOT_A_MESSAGE} dict: DirectMessageConfiguration.from_dict(…) reads AWS's shape",
    ),
    "a request": (
        send(SendUsersMessageRequest(message_configuration=MESSAGE, users={"u-1": OWN}), ["u-1"]),
        f"{NOT_A_MESSAGE} SendUsersMessageRequest: hand in its message_configuration, or all of it to send_users_messages()",
    ),
    "templates for the message": (
        send(TemplateConfiguration(sms_template=Template(name="t")), ["u-1"]),
        f"{NOT_A_MESSAGE} TemplateConfiguration: write DirectMessageConfiguration(), and hand it in as template_configuration=",
    ),
    "a template's name": (
        send(MESSAGE, ["u-1"], template_configuration="t"),
        (
            "SendUsersMessageRequest: template_configuration: must be TemplateConfiguration, not str: "
            "write TemplateConfiguration(sms_template=Template(name=…)), or another channel's field"
        ),
    ),
    "one template": (
        send(MESSAGE, ["u-1"], template_configuration=Template(name="t")),
        (
            "SendUsersMessageRequest: template_configuration: must be TemplateConfiguration, not Template: "
            "write TemplateConfiguration(sms_template=…), or another channel's field"
        ),
    ),
    "templates in a dict": (
        send(MESSAGE, ["u-1"], template_configuration={"SMSTemplate": {"Name": "t"}}),
        (
            "SendUsersMessageRequest: template_configuration: must be TemplateConfiguration, not dict: "
            "TemplateConfiguration.from_dict(…) reads AWS's shape"
        ),
    ),
    "a template's name in its field": (
        lambda _: TemplateConfiguration(sms_template="t"),
        "TemplateConfiguration: sms_template: must be Template, not str: write Template(name=…)",
    ),
    "a template as a dict": (
        lambda _: TemplateConfiguration(sms_template={"name": "t"}),
        "TemplateConfiguration: sms_template: must be Template, not dict: write Template(**value)",
    ),
    "an empty message": (
        send(DirectMessageConfiguration(), ["u-1"]),
        (
            "DirectMessageConfiguration: message: is empty, and so are the templates: give at least one channel's message, "
            "or a template"
        ),
    ),
    "sms=": (
        lambda _: DirectMessageConfiguration(sms=SMS),
        (
            f"DirectMessageConfiguration: sms: no field of DirectMessageConfiguration; allowed: {FIELDS}; "
            "did you mean sms_message?"
        ),
    ),
    "body= without a channel": (
        lambda _: DirectMessageConfiguration(body="Hi"),
        (
            f"DirectMessageConfiguration: body: no field of DirectMessageConfiguration; allowed: {FIELDS}; "
            "a channel's message has the text: sms_message=SMSMessage(body=…)"
        ),
    ),
    "no keyword": (
        lambda _: DirectMessageConfiguration(SMS),
        f"DirectMessageConfiguration: takes keywords only, not 1 positional: {FIELDS}",
    ),
    "a message of another channel": (
        lambda _: DirectMessageConfiguration(sms_message=GCMMessage(body="Hi")),
        "DirectMessageConfiguration: sms_message: must be SMSMessage, not GCMMessage: hand it in as gcm_message=",
    ),
    "a text for a channel's message": (
        lambda _: DirectMessageConfiguration(sms_message="Hi"),
        "DirectMessageConfiguration: sms_message: must be SMSMessage, not str: write SMSMessage(body=…)",
    ),
    "a dict for a channel's message": (
        lambda _: DirectMessageConfiguration(sms_message={"Body": "Hi"}),
        "DirectMessageConfiguration: sms_message: must be SMSMessage, not dict: SMSMessage.from_dict(…) reads AWS's shape",
    ),
    "a dict of fields for a channel's message": (
        lambda _: DirectMessageConfiguration(sms_message={"body": "Hi"}),
        "DirectMessageConfiguration: sms_message: must be SMSMessage, not dict: write SMSMessage(**value)",
    ),
    "sms() of a builder": (
        lambda _: DirectMessageConfiguration.builder().sms(SMS),
        (
            f"'DirectMessageConfigurationBuilder' object has no attribute 'sms'; allowed: "
            f"{FIELDS.replace(' default_message', ' build, default_message')}; did you mean sms_message?"
        ),
    ),
    "an unfinished builder": (
        lambda _: SMSMessage.builder().to_dict(),
        "'SMSMessageBuilder' object has no attribute 'to_dict': it is what is built that has it, write .build().to_dict",
    ),
    "the user's number": (
        lambda _: SMSMessage(phone_number="+12065550100"),
        (
            f"SMSMessage: phone_number: no field of SMSMessage; allowed: {OF_SMS}; "
            "a message has no address: users' endpoints have them"
        ),
    ),
    "a word that is misspelt": (
        lambda _: SMSMessage(message_type="TRANSACTION"),
        (
            "SMSMessage: message_type: 'TRANSACTION' isn't a value; allowed: TRANSACTIONAL, PROMOTIONAL; "
            "did you mean TRANSACTIONAL?"
        ),
    ),
    "an e-mail's subject in its message": (
        of_email(subject="Hi"),
        (
            f"EmailMessage: subject: no field of EmailMessage; allowed: {OF_EMAIL}; "
            "write simple_email=SimpleEmail(subject=…, html_part=…, text_part=…, headers=[…])"
        ),
    ),
    "an e-mail's address": (
        of_email(to="ann@example.com"),
        (
            f"EmailMessage: to: no field of EmailMessage; allowed: {OF_EMAIL}; "
            "a message has no address: users' endpoints have them"
        ),
    ),
    "headers as a dict": (
        lambda _: SimpleEmail(headers={"X-Order": "1"}),
        "SimpleEmail: headers: must be a list, not dict: write [MessageHeader(name=…, value=…)]",
    ),
    "headers as pairs": (
        lambda _: SimpleEmail(headers=[("X-Order", "1")]),
        "SimpleEmail: headers[0]: must be MessageHeader, not tuple: write MessageHeader(name=…, value=…)",
    ),
    "a header as a dict": (
        lambda _: SimpleEmail(headers=[{"Name": "X-Order", "Value": "1"}]),
        "SimpleEmail: headers[0]: must be MessageHeader, not dict: MessageHeader.from_dict(…) reads AWS's shape",
    ),
    "one address for a list": (
        of_email(reply_to_addresses="a@example.com"),
        "EmailMessage: reply_to_addresses: must be a list, not str: write [value]",
    ),
    "a set for a list": (
        of_email(reply_to_addresses={"a@example.com"}),
        "EmailMessage: reply_to_addresses: must be a list, not set: write list(value)",
    ),
    "a number in data": (
        lambda _: GCMMessage(data={"order": 17}),
        "GCMMessage: data['order']: must be a string, not int: write str(…)",
    ),
    "a string for a number": (
        lambda _: GCMMessage(time_to_live="60"),
        "GCMMessage: time_to_live: must be an int, not str: write int(…)",
    ),
    "setting a field": (
        change,
        (
            "SMSMessage is frozen, body can't be set or deleted: attrs.evolve(value, body=…), "
            "or value.to_builder().body(…).build() makes a changed copy"
        ),
    ),
    "setting an item": (
        change_a_mapping,
        "this mapping is frozen: make a changed copy with dict(mapping) or the object's to_builder()",
    ),
}
