"""SES v2 by plain boto3."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage

import pytest
from over_http import refused
from ses_requests import FROM, INLINE, SIMPLE, bulk, entry, inline, mail, statuses, words

from pinpoint_users.enums import ChannelType

# --- SendEmail


def test_a_simple_message(ses, remote):
    headers = [{"Name": "X-Mine", "Value": "1"}]
    request = mail(Simple={**SIMPLE, "Headers": headers})
    answer = ses.send_email(**request, EmailTags=[{"Name": "why", "Value": "login"}], ReplyToAddresses=["re@example.com"])
    (delivery,) = remote.deliveries()
    assert (delivery.channel_type, delivery.address) == (ChannelType.EMAIL, "ann@example.com")
    assert (delivery.title, delivery.body, delivery.html) == ("Hello", "Hi", "<b>Hi</b>")
    assert (delivery.user_id, delivery.endpoint_id, delivery.application_id) == (None, None, "")
    assert delivery.message_id == answer["MessageId"]
    assert delivery.request_id == answer["ResponseMetadata"]["RequestId"]
    assert delivery.context == {"why": "login"}
    assert delivery.message["FromEmailAddress"] == FROM
    assert delivery.message["ReplyToAddresses"] == ("re@example.com",)
    assert delivery.message["Content"]["Simple"]["Headers"] == ({"Name": "X-Mine", "Value": "1"},)
    assert delivery.message["EmailTags"] == ({"Name": "why", "Value": "login"},)


def test_each_recipient_gets_it_once(ses, remote):
    destination = {
        "ToAddresses": ["Ann <ann@example.com>"],
        "CcAddresses": ["bob@example.com", "ann@example.com"],
        "BccAddresses": ['"c d"@example.com'],
    }
    ses.send_email(**{**mail(Simple=SIMPLE), "Destination": destination})
    assert [delivery.address for delivery in remote.deliveries()] == ["ann@example.com", "bob@example.com", '"c d"@example.com']
    assert len({delivery.message_id for delivery in remote.deliveries()}) == 1


def test_a_raw_message(ses, remote):
    message = EmailMessage()
    message["Subject"], message["From"], message["To"], message["Bcc"] = "Hé", FROM, "Ann <ann@example.com>", "b@example.com"
    message.set_content("Hi")
    message.add_alternative("<b>Hi</b>", subtype="html")
    data = message.as_bytes()
    ses.send_email(Content={"Raw": {"Data": data}})
    ses.send_email(**mail(Raw={"Data": data}))
    assert [delivery.address for delivery in remote.deliveries()] == ["ann@example.com", "b@example.com", "ann@example.com"]
    for delivery in remote.deliveries():
        assert (delivery.title, delivery.body, delivery.html) == ("Hé", "Hi\n", "<b>Hi</b>\n")
        assert delivery.message["FromEmailAddress"] == FROM
        assert base64.b64decode(delivery.message["Content"]["Raw"]["Data"]) == data


@pytest.mark.parametrize(
    "deep",
    [
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(3_000)),
        b"Content-Type: message/rfc822\r\n\r\n" * 3_000,
    ],
    ids=["parts", "messages"],
)
def test_a_raw_message_nested_too_deeply_is_refused(ses, remote, deep):
    data = b"From: us@example.com\r\nTo: ann@example.com\r\n" + deep
    for _ in range(2):  # over the same connection
        assert words(ses.send_email, Content={"Raw": {"Data": data}}) == (
            400,
            "BadRequestException",
            "The message is nested too deeply.",
        )
    ses.send_email(**mail(Raw={"Data": b"From: us@example.com\r\n\r\nhi"}))
    assert len(remote.deliveries()) == 1


def test_a_raw_message_larger_than_pinpoint_takes(ses, remote):
    data = b"Subject: x\r\n\r\n" + b"x" * 8_000_000
    ses.send_email(**mail(Raw={"Data": data}))
    assert len(remote.deliveries()) == 1


def test_a_template_for_one(ses, remote):
    headers = [{"Name": "X-Mine", "Value": "for {{name}}"}]
    template = inline(data={"name": '<A & "n">'}, Headers=headers)
    ses.send_email(**mail(Template=template))
    (delivery,) = remote.deliveries()
    assert (delivery.title, delivery.body, delivery.html) == ('Hello <A & "n">', 'Hi <A & "n">', '<b><A & "n"></b>')
    assert delivery.message["Content"]["Simple"]["Headers"] == ({"Name": "X-Mine", "Value": 'for <A & "n">'},)


@pytest.mark.parametrize(
    "change",
    [
        {"FromEmailAddress": ""},
        {"FromEmailAddress": "us"},
        {"ReplyToAddresses": ["us"]},
        {"Destination": {}},
        {"Destination": {"ToAddresses": [f"u{number}@example.com" for number in range(51)]}},
        {"Content": {}},
        {"Content": {"Simple": SIMPLE, "Template": inline()}},
        {"Content": {"Simple": {**SIMPLE, "Body": {}}}},
        {"Content": {"Template": {}}},
        {"Content": {"Template": {"TemplateContent": {"Text": "Hi"}}}},
        {"Content": {"Template": {"TemplateContent": {"Subject": "Hi"}}}},
        {"Content": {"Template": {"TemplateContent": {"Subject": "Hi", "Text": "x" * 1_100_000}}}},
        {"Content": {"Template": {"TemplateContent": INLINE, "TemplateData": "[]"}}},
        {"Content": {"Template": {"TemplateContent": INLINE, "TemplateData": '{"name": NaN}'}}},
        {"Content": {"Template": {"TemplateContent": INLINE, "TemplateData": "{"}}},
        {"Content": {"Template": {"TemplateContent": INLINE, "TemplateData": " " * 262_145}}},
        {"Content": {"Template": inline(data={"name": "a\r\nBcc: x"}, Headers=[{"Name": "X", "Value": "{{name}}"}])}},
        {"EmailTags": [{"Name": "wh y", "Value": "x"}]},
        {"EmailTags": [{"Name": "why", "Value": "é"}]},
        {"EmailTags": [{"Name": "why", "Value": ""}]},
    ],
)
def test_a_message_is_refused(ses, remote, change):
    assert refused(ses.send_email, **{**mail(Simple=SIMPLE), **change}) == (400, "BadRequestException")
    assert remote.deliveries() == ()


@pytest.mark.parametrize(
    "header",
    [
        {"Name": "X: y", "Value": "x"},
        {"Name": "X y", "Value": "x"},
        {"Name": "X", "Value": "x\r\nBcc: eve@example.com"},
        {"Name": "X", "Value": "é"},
        {"Name": "X", "Value": "x" * 996},
        {"Name": "X" * 126, "Value": "x" * 871},
    ],
)
def test_a_header_is_refused(ses, remote, header):
    assert refused(ses.send_email, **mail(Simple={**SIMPLE, "Headers": [header]})) == (400, "BadRequestException")
    assert refused(ses.send_email, **mail(Template=inline(data={"name": "x"}, Headers=[header])))[0] == 400
    assert remote.deliveries() == ()


def test_headers_are_fifteen_at_most(ses, remote):
    headers = [{"Name": f"X-{number}", "Value": "x"} for number in range(16)]
    ses.send_email(**mail(Simple={**SIMPLE, "Headers": headers[:15]}))
    said = words(ses.send_email, **mail(Simple={**SIMPLE, "Headers": headers}))
    assert said[:2] == (400, "BadRequestException")
    assert "'content.simple.headers' failed to satisfy constraint: Member must have length less than or equal to 15" in said[2]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ann", "Missing final '@domain'"),
        ("ann@", "Missing final '@domain'"),
        ("Ann <@example.com>", "Missing final '@domain'"),
        ("a nn@example.com", "Local address contains control or whitespace"),
        ("änn@example.com", "Local address contains control or whitespace"),
        ("ann@exämple.com", "Domain contains illegal character"),
        ("ann@exam ple.com", "Domain contains illegal character"),
        ("ann@example..com", "Illegal address"),
        ("a,b@example.com", "Illegal address"),
        ("Ann\r\n <ann@example.com>", "Illegal address"),
    ],
)
def test_an_address_is_refused(ses, remote, address, said):
    request = {**mail(Simple=SIMPLE), "Destination": {"ToAddresses": ["bob@example.com", address]}}
    assert words(ses.send_email, **request) == (400, "BadRequestException", said)
    assert words(ses.send_bulk_email, **bulk(entry("bob@example.com"), entry(address)))[2] == said
    assert remote.deliveries() == ()


@pytest.mark.parametrize("text", ["{{#if a}}x{{/if}}", "{{a.b}}", "{{no_reply}}", "{{{a}}}", "{{now}", "{{a b}}", "{{> x}}"])
def test_what_an_inline_template_cannot_do(ses, remote, text):
    said = (400, "BadRequestException", "Template contains unsupported operations")
    for part in INLINE:
        template = inline({**INLINE, part: text}, {"name": "x", "a": "x"})
        assert words(ses.send_email, **mail(Template=template)) == said
        assert words(ses.send_bulk_email, **bulk(entry(), template=template)) == said
    template = inline(data={"name": "x"}, Headers=[{"Name": "X", "Value": text}])
    assert words(ses.send_email, **mail(Template=template)) == said
    assert words(ses.send_bulk_email, **bulk(entry(), template=template)) == said
    assert remote.deliveries() == ()


@pytest.mark.parametrize(
    "named", [{"TemplateName": "mine"}, {"TemplateArn": "arn:aws:ses:eu-west-1:000000000000:template/mine"}]
)
def test_there_are_no_stored_templates(ses, remote, named):
    assert refused(ses.send_email, **mail(Template=named)) == (404, "NotFoundException")
    assert refused(ses.send_bulk_email, **bulk(entry(), template=named)) == (404, "NotFoundException")


@pytest.mark.parametrize("data", [{}, {"name": None}, {"Name": "Ann"}])
def test_a_missing_variable_is_told_to_nobody(ses, remote, data):
    assert ses.send_email(**mail(Template=inline(data=data)))["MessageId"]
    assert statuses(ses, entry(data=data), entry("bob@example.com")) == ["SUCCESS", "SUCCESS"]
    assert [delivery.address for delivery in remote.deliveries()] == ["bob@example.com"]


# --- SendBulkEmail


def test_a_message_to_many(ses, remote):
    template = inline(
        {"Subject": "{{a}} {{n}}", "Text": "{{deep}}"},
        {"n": 1.5, "deep": {"x": {"kept": 1, "mine": 2}, "y": [1, 2]}},
        Headers=[{"Name": "List-Unsubscribe", "Value": "<default>"}, {"Name": "X", "Value": "{{n}}"}],
    )
    one = entry(
        "Ann <ann@example.com>",
        {"a": True, "deep": {"x": {"mine": "3"}, "y": [3]}},
        ReplacementHeaders=[{"Name": "list-unsubscribe", "Value": "<{{a}}>"}],
        ReplacementTags=[{"Name": "why", "Value": "own"}],
    )
    two = {"Destination": {"ToAddresses": ["bob@example.com"]}}
    tags = [{"Name": "why", "Value": "all"}, {"Name": "ses:feedback-id-a", "Value": "x"}]
    answer = ses.send_bulk_email(**bulk(one, two, template=template, DefaultEmailTags=tags, ConfigurationSetName="set"))
    first, second = answer["BulkEmailEntryResults"]
    assert (first["Status"], second["Status"]) == ("SUCCESS", "SUCCESS")
    (delivery,) = remote.deliveries()  # `a` is missing in the other
    assert delivery.message_id == first["MessageId"] != second["MessageId"]
    assert (delivery.address, delivery.title, delivery.html) == ("ann@example.com", "true 1.5", None)
    assert json.loads(delivery.body) == {"x": {"kept": 1, "mine": "3"}, "y": [3]}
    headers = delivery.message["Content"]["Simple"]["Headers"]
    assert {header["Name"].lower(): header["Value"] for header in headers} == {"list-unsubscribe": "<true>", "x": "1.5"}
    assert delivery.context == {"why": "own", "ses:feedback-id-a": "x"}
    assert delivery.message["ConfigurationSetName"] == "set"
    assert set(delivery.message) == {"FromEmailAddress", "Destination", "Content", "EmailTags", "ConfigurationSetName"}


def test_one_message_is_the_same_by_both(ses, remote):
    ses.send_email(**mail(Template=inline(data={"name": "Ann"})))
    ses.send_bulk_email(**bulk(entry()))
    one, other = remote.deliveries()
    assert one.message == other.message
    assert (one.title, one.body, one.html) == (other.title, other.body, other.html)


def test_fifty_entries_at_most(ses, remote):
    entries = [entry(f"u{number}@example.com") for number in range(51)]
    assert statuses(ses, *entries[:50]) == ["SUCCESS"] * 50
    assert refused(ses.send_bulk_email, **bulk(*entries)) == (400, "BadRequestException")
    assert refused(ses.send_bulk_email, **bulk()) == (400, "BadRequestException")
    assert len(remote.deliveries()) == 50


@pytest.mark.parametrize(
    "change",
    [
        {"DefaultContent": {}},
        {"DefaultContent": {"Template": {"TemplateContent": INLINE, "TemplateData": "x"}}},
        {"DefaultEmailTags": [{"Name": "a b", "Value": "x"}]},
        {"BulkEmailEntries": [entry(ReplacementTags=[{"Name": "a b", "Value": "x"}])]},
        {"BulkEmailEntries": [entry(ReplacementHeaders=[{"Name": "a b", "Value": "x"}])]},
        {"FromEmailAddress": "us"},
    ],
)
def test_a_bulk_message_is_refused_as_a_whole(ses, remote, change):
    assert refused(ses.send_bulk_email, **{**bulk(entry()), **change}) == (400, "BadRequestException")
    assert remote.deliveries() == ()


def test_an_entry_is_refused_alone(ses, remote):
    template = inline(Headers=[{"Name": "X", "Value": "{{name}}"}])
    many = [{"Name": f"X-{number}", "Value": "x"} for number in range(15)]
    bad_data = entry()
    bad_data["ReplacementEmailContent"] = {"ReplacementTemplate": {"ReplacementTemplateData": "[]"}}
    breaks, empty = entry(data={"name": "a\nb"}), entry(data={"name": ""})
    entries = [bad_data, breaks, empty, entry(ReplacementHeaders=many), entry("bob@example.com")]
    results = ses.send_bulk_email(**bulk(*entries, template=template))["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == ["INVALID_PARAMETER"] * 4 + ["SUCCESS"]
    assert all(result["Error"] and "MessageId" not in result for result in results[:4])
    assert [delivery.address for delivery in remote.deliveries()] == ["bob@example.com"]
