"""`SES`: each setting checked when it is made, and against the message and the installed botocore when it is used."""

from __future__ import annotations

import boto3
import pytest
from botocore.loaders import Loader
from ses_way import SENDER, body_of, message_of, route_of, target_of

from pinpoint_users import (
    DefaultMessage,
    DirectMessageConfiguration,
    EmailMessage,
    Endpoint,
    MessageHeader,
    MessageWarning,
    RawEmail,
    SimpleEmail,
    SMSMessage,
    ValidationError,
)
from pinpoint_users._routes.ses import SESRoute
from pinpoint_users._transport import members
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, ListManagementOptions


@pytest.mark.parametrize(
    ("setting", "value", "problem"),
    [
        ("client", object(), "must be a boto3 client for sesv2, not object"),
        ("configuration_set_name", "", "is empty"),
        ("configuration_set_name", 7, "must be a string, not int"),
        ("email_tags", {"a b": "x"}, "['a b']: a tag's name and value have 1 to 256 ASCII letters"),
        ("email_tags", {"a": "x" * 257}, "['a']: a tag's name and value"),
        ("email_tags", {"ses:other": "x"}, "['ses:other']: a tag's name"),
        ("email_tags", ["a"], "must be a mapping"),
        ("endpoint_id", "", "is empty"),
        ("feedback_forwarding_email_address", "nobody", "it has no @"),
        ("from_email_address", "nobody", "it has no @"),
        ("from_email_address", "Bcc <a@example.com>\r\nBcc: b@example.com", "has a line break"),
        ("from_email_address", "a@example.com, b@example.com", "isn't an e-mail address"),
        ("from_email_address", "Jörg <jörg@example.com>", "outside of ASCII before the @"),
        ("from_email_address_identity_arn", "", "is empty"),
        ("list_management_options", {"ContactListName": "x"}, "must be ListManagementOptions"),
        ("rates", "accounts", "allowed: account; did you mean account?"),
        ("reply_to_addresses", "a@example.com", "must be a list"),
        ("reply_to_addresses", ["a@example.com", "nobody", "b"], "[2]: isn't"),
        ("requests_per_second", 0, "more than 0 is allowed"),
        ("requests_per_second", "5", "must be a number"),
        ("template_name", "", "is empty"),
        ("tenant_name", "", "is empty"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_path(setting, value, problem):
    with pytest.raises(ValidationError) as caught:
        SES(**{"from_email_address": "a@example.com", setting: value})
    assert setting in str(caught.value)
    assert problem in str(caught.value)


def test_all_settings_are_sent():
    settings = SES(
        from_email_address="News <news@example.com>",
        from_email_address_identity_arn="arn:aws:ses:eu-west-1:1:identity/example.com",
        configuration_set_name="set",
        endpoint_id="abc.def",
        reply_to_addresses=["a@example.com", "B <b@example.com>"],
        feedback_forwarding_email_address="bounces@example.com",
        email_tags={"campaign": "spring", "ses:feedback-id-a": "x"},
    )
    body = body_of(route_of(settings=settings), target_of("to@example.com", {"name": "Ann"}))
    assert {name: value for name, value in body.items() if name not in {"BulkEmailEntries", "DefaultContent"}} == {
        "FromEmailAddress": "News <news@example.com>",
        "FromEmailAddressIdentityArn": "arn:aws:ses:eu-west-1:1:identity/example.com",
        "ConfigurationSetName": "set",
        "EndpointId": "abc.def",
        "ReplyToAddresses": ["a@example.com", "B <b@example.com>"],
        "FeedbackForwardingEmailAddress": "bounces@example.com",
        "DefaultEmailTags": [{"Name": "campaign", "Value": "spring"}, {"Name": "ses:feedback-id-a", "Value": "x"}],
    }


def test_a_tenant_is_sent_where_botocore_knows_tenants():
    settings = SES(from_email_address="a@example.com", tenant_name="tenant")
    if members.unknown_members("sesv2", "SendEmail", ["TenantName"]):
        with pytest.raises(ValidationError, match="tenant_name: the installed botocore doesn't know TenantName"):
            route_of(settings=settings)
    else:
        assert body_of(route_of(settings=settings), target_of("to@example.com"))["TenantName"] == "tenant"


def test_the_addresses_of_the_message_win():
    settings = SES(
        from_email_address="a@example.com",
        reply_to_addresses=["a@example.com"],
        feedback_forwarding_email_address="a@example.com",
    )
    message = message_of(
        from_address="Größe <b@example.com>", reply_to_addresses=["c@example.com"], feedback_forwarding_address="d@example.com"
    )
    body = body_of(route_of(message, settings), target_of("to@example.com"))
    assert body["FromEmailAddress"] == "=?utf-8?b?R3LDtsOfZQ==?= <b@example.com>"
    assert body["ReplyToAddresses"] == ["c@example.com"]
    assert body["FeedbackForwardingEmailAddress"] == "d@example.com"


def test_an_address_to_send_from_is_needed_from_either():
    assert body_of(route_of(message_of(from_address="a@example.com"), SES()), target_of("to@example.com"))
    with pytest.raises(ValidationError, match="from_email_address: is required"):
        route_of(settings=SES())


def test_wrong_addresses_of_the_message_are_told_together():
    message = message_of(from_address="nobody", reply_to_addresses=["a@example.com", "b"], feedback_forwarding_address="c")
    with pytest.raises(ValidationError) as caught:
        route_of(message, SES())
    assert [fault.path for fault in caught.value.faults] == [
        "email_message.from_address",
        "email_message.reply_to_addresses[1]",
        "email_message.feedback_forwarding_address",
    ]


def test_a_client_of_the_callers_own_is_one_for_ses():
    client = boto3.client("sesv2", region_name="eu-west-1")
    assert SES(client=client).client is client
    with pytest.raises(ValidationError, match="must be a boto3 client for sesv2"):
        SES(client=boto3.client("ses", region_name="eu-west-1"))


def test_what_an_older_botocore_lacks_is_refused_where_it_is_used(monkeypatch):
    load = Loader.load_service_model

    def load_older(self, *arguments, **options):
        model = load(self, *arguments, **options)
        known = model["shapes"]["SendEmailRequest"]["members"]
        older = {name: shape for name, shape in known.items() if name not in {"TenantName", "EndpointId"}}
        return {**model, "shapes": {**model["shapes"], "SendEmailRequest": {"type": "structure", "members": older}}}

    monkeypatch.setattr(Loader, "load_service_model", load_older)
    monkeypatch.setattr(members, "_known", members._known.__wrapped__)
    route_of()
    settings = SES(
        from_email_address="a@example.com",
        tenant_name="t",
        endpoint_id="e",
        list_management_options=ListManagementOptions(contact_list_name="l"),
    )
    with pytest.raises(ValidationError) as caught:
        route_of(settings=settings)
    assert [fault.path for fault in caught.value.faults] == ["tenant_name", "endpoint_id"]
    assert "update boto3" in str(caught.value)


def test_a_message_has_something_for_email_of_its_own_or_by_default():
    default = DirectMessageConfiguration(default_message=DefaultMessage(body="x"))
    other = DirectMessageConfiguration(sms_message=SMSMessage(body="x"))
    assert SESRoute.has_message(message_of(), "EMAIL")
    assert SESRoute.has_message(default, "EMAIL")
    assert not SESRoute.has_message(message_of(), "SMS")
    assert not SESRoute.has_message(other, "EMAIL")
    with pytest.raises(ValidationError, match="has nothing for e-mail"):
        route_of(other)


def test_a_header_without_a_name_is_refused():
    message = DirectMessageConfiguration(
        email_message=EmailMessage(simple_email=SimpleEmail(text_part="x", headers=[MessageHeader(value="x")]))
    )
    with pytest.raises(ValidationError, match=r"headers\[0\]\.name: is required"):
        route_of(message)


def test_a_raw_message_and_a_template_of_ses_exclude_each_other():
    message = DirectMessageConfiguration(email_message=EmailMessage(raw_email=RawEmail(data=b"Subject: x\r\n\r\n")))
    with pytest.raises(ValidationError, match="raw_email: can't go with SES"):
        route_of(message, SES(from_email_address="a@example.com", template_name="t"))


def test_what_a_stored_template_takes_the_place_of_is_warned_of():
    mail = EmailMessage(simple_email=SimpleEmail(subject="s", html_part="h"), body="b")
    directory = {"u-1": [Endpoint(channel_type="EMAIL", address="ann@example.com")]}
    routes = {"EMAIL": SES(from_email_address="a@example.com", template_name="t")}
    message = DirectMessageConfiguration(email_message=mail)
    with (
        LocalPinpoint() as local,
        local.client(directory=directory, routes=routes) as pinpoint,
        pytest.warns(MessageWarning, match="as SES sets template_name") as caught,
    ):
        pinpoint.send(message, [])
    names = [str(each.message).partition(":")[0].removeprefix("email_message.") for each in caught]
    assert names == ["body", "simple_email.subject", "simple_email.html_part"]


def test_settings_show_what_is_set():
    assert repr(SENDER) == "SES(from_email_address='news@example.com')"
