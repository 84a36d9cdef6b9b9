"""What goes to SES: bulk requests where the message allows it, one request a recipient for the rest, the same for each."""

from __future__ import annotations

import base64
import warnings
from collections import Counter

import pytest
from ses_way import SENDER, bodies, body_of, data_of, message_of, route_of, target_of

from pinpoint_users import (
    DeliveryStatus,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    EndpointUser,
    MessageWarning,
    RawEmail,
    SimpleEmail,
    SimpleEmailPart,
)
from pinpoint_users._routes import ses_texts
from pinpoint_users.routes import SES, ListManagementOptions

LINK = [("List-Unsubscribe", "{{link}}"), ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")]
ONE_CLICK = {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}


def content_of(body):
    """The content of a `SendEmail`."""
    return body["Content"]["Simple"]


# --- bulk requests


def test_a_template_has_plain_names_and_each_entry_all_of_its_data():
    message = message_of(
        "{{User.UserAttributes.Name}}: {{no_reply}}",
        "Hi {{name}}",
        "<p>{{name}} {{{name}}}</p>",
        substitutions={"no_reply": ["é"], "name": ["all"]},
    )
    ann = target_of("ann@example.com", {"name": "<b>"}, user=EndpointUser(user_attributes={"Name": ["Ann"]}))
    ((operation, body),) = bodies(route_of(message), [ann, target_of("bob@example.com")])
    assert operation == "SendBulkEmail"
    assert body["DefaultContent"] == {
        "Template": {
            "TemplateContent": {"Subject": "{{v1}}: {{v2}}", "Text": "Hi {{v3}}", "Html": "<p>{{v4}} {{v3}}</p>"},
            "TemplateData": "{}",
        }
    }
    assert [entry["Destination"] for entry in body["BulkEmailEntries"]] == [
        {"ToAddresses": ["ann@example.com"]},
        {"ToAddresses": ["bob@example.com"]},
    ]
    # A name without a value is an empty text, never null: with null, SES would take the message and send nothing.
    assert [data_of(entry) for entry in body["BulkEmailEntries"]] == [
        {"v1": "Ann", "v2": "é", "v3": "<b>", "v4": "&lt;b&gt;"},
        {"v1": "", "v2": "é", "v3": "all", "v4": "all"},
    ]


def test_blocks_and_helpers_are_rendered_here_as_ses_takes_no_inline_template_with_them():
    message = message_of("{{#if name}}Dear {{name}}{{else}}Hello{{/if}}", "{{upper name}} {{uuid}}")
    body = body_of(route_of(message), target_of("a@example.com", {"name": "Ann"}))
    assert "#" not in str(body["DefaultContent"])
    assert "upper" not in str(body["DefaultContent"])
    assert data_of(body["BulkEmailEntries"][0])["v1"] == "Dear Ann"


def test_a_message_without_variables_still_says_its_data():
    body = body_of(route_of(message_of("Hello", "Hello")), target_of("a@example.com"))
    assert data_of(body["BulkEmailEntries"][0]) == {}


def test_at_most_50_go_in_a_request_and_no_address_twice():
    targets = [target_of(f"user{number}@example.com") for number in range(120)]
    targets += [target_of("USER7@example.com", endpoint_id="other"), target_of("user7@EXAMPLE.com", endpoint_id="third")]
    requests = route_of().requests(targets)
    assert {operation for operation, _ in requests} == {"SendBulkEmail"}
    assert max(len(group) for _, group in requests) == 50
    for _, group in requests:
        assert max(Counter(target.endpoint.address.lower() for target in group).values()) == 1
    assert sorted(target.endpoint_id for _, group in requests for target in group) == sorted(t.endpoint_id for t in targets)


@pytest.mark.parametrize(("rate", "at_most"), [(None, 50), (500.0, 50), (14.0, 14), (1.0, 1), (0.5, 1)])
def test_a_request_has_no_more_recipients_than_the_account_may_send_in_a_second(rate, at_most):
    targets = [target_of(f"user{number}@example.com") for number in range(60)]
    requests = route_of(max_send_rate=rate).requests(targets)
    assert max(len(group) for _, group in requests) == at_most
    assert sum(len(group) for _, group in requests) == 60


def test_a_body_can_be_written_again_and_without_having_been_looked_at():
    route, target = route_of(), target_of("a@example.com", {"name": "Ann"})
    assert route.refusal(target) is None
    first = route.body("SendBulkEmail", [target])
    assert route.body("SendBulkEmail", [target]) == first
    assert route_of().body("SendBulkEmail", [target]) == first


def test_a_targets_shape_is_its_endpoint_with_its_user_whatever_that_says_of_one():
    target = target_of("a@example.com", user=EndpointUser(user_attributes={"Name": ["Ann"]}))
    assert dict(target.shape) == {**target.endpoint.to_dict(), "User": {"UserId": "u", "UserAttributes": {"Name": ["Ann"]}}}
    assert len(target.shape) == len(dict(target.shape))
    assert "Address" in target.shape
    assert "Other" not in target.shape


# --- headers


def test_headers_are_each_recipients_own_and_those_that_are_empty_are_left_out():
    message = message_of(headers=[("X-One", "{{one}}"), ("X-Two", "grüße {{name}}")])
    route = route_of(message)
    both = body_of(route, target_of("a@example.com", {"one": "1", "name": "Ann"}))
    assert both["BulkEmailEntries"][0]["ReplacementHeaders"] == [
        {"Name": "X-One", "Value": "1"},
        {"Name": "X-Two", "Value": "=?utf-8?b?Z3LDvMOfZSBBbm4=?="},
    ]
    one = body_of(route, target_of("b@example.com", {"name": "Ann"}))
    assert [header["Name"] for header in one["BulkEmailEntries"][0]["ReplacementHeaders"]] == ["X-Two"]


def test_unsubscribing_by_one_click_goes_by_its_two_headers_and_neither_without_a_link():
    route = route_of(message_of(headers=LINK))
    body = body_of(route, target_of("a@example.com", {"link": "<https://example.com/u?id=1>"}))
    assert body["BulkEmailEntries"][0]["ReplacementHeaders"] == [
        {"Name": "List-Unsubscribe", "Value": "<https://example.com/u?id=1>"},
        ONE_CLICK,
    ]
    assert "ReplacementHeaders" not in body_of(route, target_of("b@example.com"))["BulkEmailEntries"][0]
    own = EndpointSendConfiguration(body_override="x", substitutions={"link": ["<https://example.com/u>"]})
    headers = content_of(body_of(route, target_of("c@example.com", own)))["Headers"]
    assert headers == [{"Name": "List-Unsubscribe", "Value": "<https://example.com/u>"}, ONE_CLICK]
    alone = EndpointSendConfiguration(body_override="x")
    assert "Headers" not in content_of(body_of(route, target_of("d@example.com", alone)))


@pytest.mark.parametrize("own", [{}, {"body_override": "x"}])
@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("header", "x\r\nBcc: victim@example.com", "line break"),
        ("header", "x\nX-Other: y", "line break"),
        ("header", "x\x00", "control character"),
        ("header", "x" * 996, "at most 996"),
        ("subject", "x\r\nBcc: victim@example.com", "line break"),
    ],
)
def test_a_value_that_would_break_a_header_costs_its_recipient_and_nobody_else(own, name, value, problem):
    route = route_of(message_of("Hello {{subject}}", headers=[("X-Header", "{{header}}")]))
    bad = EndpointSendConfiguration(substitutions={name: [value]}, **own)
    refusal = route.refusal(target_of("a@example.com", bad))
    assert refusal.delivery_status is DeliveryStatus.PERMANENT_FAILURE
    assert refusal.address == "a@example.com"
    assert problem in refusal.status_message
    assert route.refusal(target_of("b@example.com", {name: "fine"})) is None


# --- tags


def test_context_and_trace_id_become_tags_and_a_users_own_context_wins():
    settings = SES(from_email_address="a@example.com", email_tags={"team": "growth", "x": "settings"})
    route = route_of(settings=settings, context={"x": "run", "campaign": "spring"}, trace_id="1-abc")
    common = {"team": "growth", "x": "run", "campaign": "spring", "TraceId": "1-abc"}
    own = target_of("b@example.com", EndpointSendConfiguration(context={"x": "own", "plan": "pro"}))
    single = target_of("c@example.com", EndpointSendConfiguration(context={"x": "own"}, body_override="x"))
    (_, bulk), (_, email) = bodies(route, [target_of("a@example.com"), own, single])
    assert {tag["Name"]: tag["Value"] for tag in bulk["DefaultEmailTags"]} == common
    plain, tagged = bulk["BulkEmailEntries"]
    assert "ReplacementTags" not in plain
    assert {tag["Name"]: tag["Value"] for tag in tagged["ReplacementTags"]} == {**common, "x": "own", "plan": "pro"}
    assert {tag["Name"]: tag["Value"] for tag in email["EmailTags"]} == {**common, "x": "own"}


@pytest.mark.parametrize(
    ("name", "value"), [("a b", "x"), ("a", "x y"), ("ä", "x"), ("a", ""), ("", "x"), ("a", "x" * 257), ("a" * 257, "x")]
)
@pytest.mark.filterwarnings("default::pinpoint_users.MessageWarning")
def test_context_that_ses_would_refuse_as_a_tag_is_left_out_with_one_warning(name, value):
    with pytest.warns(MessageWarning, match="is left out of the tags of e-mails") as caught:
        route = route_of(context={"fine": "yes", name: value, "b c": "x"})
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        body = body_of(route, target_of("b@example.com", EndpointSendConfiguration(context={"b c": "x"})))
    assert body["DefaultEmailTags"] == [{"Name": "fine", "Value": "yes"}]
    assert "ReplacementTags" not in body["BulkEmailEntries"][0]


@pytest.mark.parametrize("own", [{}, {"body_override": "x"}])
@pytest.mark.parametrize("action", ["error", "default"])
def test_a_users_tag_that_ses_would_refuse_ends_no_run_where_warnings_are_errors(own, action):
    user = target_of("b@example.com", EndpointSendConfiguration(context={"b c": "x", "fine": "yes"}, **own))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter(action)
        body = body_of(route_of(), user)
    tags = body["EmailTags"] if own else body["BulkEmailEntries"][0]["ReplacementTags"]
    assert tags == [{"Name": "fine", "Value": "yes"}]
    assert len(caught) == (action == "default")


def test_a_trace_id_that_ses_would_refuse_is_left_out():
    with pytest.warns(MessageWarning, match="TraceId"):
        route = route_of(trace_id="Root=1-5759e988")
    assert "DefaultEmailTags" not in body_of(route, target_of("a@example.com"))


# --- one request a recipient


def test_a_recipients_own_texts_go_by_a_request_of_their_own():
    own = EndpointSendConfiguration(
        title_override="For {{name}}", body_override="Own {{name}}", substitutions={"name": ["Ann"]}
    )
    route = route_of(message_of(html="<p>{{name}}</p>"))
    (_, bulk), (operation, body) = bodies(route, [target_of("a@example.com", own), target_of("b@example.com")])
    assert len(bulk["BulkEmailEntries"]) == 1
    assert operation == "SendEmail"
    assert body == {
        "FromEmailAddress": "news@example.com",
        "Destination": {"ToAddresses": ["a@example.com"]},
        "Content": {
            "Simple": {
                "Subject": {"Data": "For Ann", "Charset": "UTF-8"},
                "Body": {
                    "Text": {"Data": "Own Ann", "Charset": "UTF-8"},
                    "Html": {"Data": "Own Ann", "Charset": "UTF-8"},
                },
            }
        },
    }


def test_a_raw_message_goes_as_it_is_filled():
    raw = b"Subject: Hi\r\nTo: {{Address}}\r\n\r\nHello {{name}}"
    route = route_of(DirectMessageConfiguration(email_message=EmailMessage(raw_email=RawEmail(data=raw))))
    body = body_of(route, target_of("a@example.com", {"name": "Ann"}))
    assert base64.b64decode(body["Content"]["Raw"]["Data"]) == b"Subject: Hi\r\nTo: a@example.com\r\n\r\nHello Ann"
    assert body["Destination"] == {"ToAddresses": ["a@example.com"]}
    assert body["FromEmailAddress"] == "news@example.com"


def test_another_character_set_goes_by_requests_of_their_own():
    part = SimpleEmailPart(data="Grüße {{name}}", charset="ISO-8859-1")
    message = DirectMessageConfiguration(email_message=EmailMessage(simple_email=SimpleEmail(subject="x", text_part=part)))
    body = body_of(route_of(message), target_of("a@example.com", {"name": "Ann"}))
    assert content_of(body)["Body"] == {"Text": {"Data": "Grüße Ann", "Charset": "ISO-8859-1"}}


@pytest.mark.parametrize("subject", [None, ""])
def test_a_message_without_a_subject_goes_with_an_empty_one(subject):
    body = body_of(route_of(message_of(subject)), target_of("a@example.com"))
    assert content_of(body)["Subject"]["Data"] == ""


@pytest.mark.parametrize(("size", "operations"), [(130_000, {"SendBulkEmail"}), (140_000, {"SendEmail"})])
def test_data_over_262_144_bytes_go_by_a_request_of_their_own(size, operations):
    message = message_of("Hello", "{{text}}", "{{text}}")
    requests = bodies(route_of(message), [target_of("a@example.com", {"text": "x" * size})])
    assert {operation for operation, _ in requests} == operations
    if operations == {"SendBulkEmail"}:
        ((_, body),) = requests
        (entry,) = body["BulkEmailEntries"]
        assert len(entry["ReplacementEmailContent"]["ReplacementTemplate"]["ReplacementTemplateData"]) <= 262_144


@pytest.mark.parametrize(("size", "operation"), [(999_000, "SendBulkEmail"), (1_000_001, "SendEmail")])
def test_a_template_over_1_mb_goes_by_requests_of_their_own(size, operation):
    requests = bodies(route_of(message_of("Hello", "x" * size)), [target_of("a@example.com")])
    assert [name for name, _ in requests] == [operation]


def test_a_message_over_40_mb_is_refused(monkeypatch):
    assert ses_texts.MAX_MESSAGE == 40 * 1024 * 1024
    monkeypatch.setattr(ses_texts, "MAX_MESSAGE", 4_000)
    for size, is_refused in ((3_000, False), (3_001, True)):
        raw = RawEmail(data=b"Subject: x\r\n\r\n".ljust(size))
        route = route_of(DirectMessageConfiguration(email_message=EmailMessage(raw_email=raw)))
        refusal = route.refusal(target_of("a@example.com"))
        assert (refusal is not None) == is_refused
    assert refusal.delivery_status is DeliveryStatus.PERMANENT_FAILURE
    assert "4,004 bytes, at most 4,000 are allowed, after base64" in refusal.status_message
    own = EndpointSendConfiguration(body_override="ä" * 2_000)
    refusal = route_of(message_of("x", "x")).refusal(target_of("a@example.com", own))
    assert "4,001 bytes, at most 4,000 are allowed" in refusal.status_message


def test_an_email_without_text_is_refused():
    refusal = route_of(message_of("Hello", None)).refusal(target_of("a@example.com"))
    assert refusal.delivery_status is DeliveryStatus.PERMANENT_FAILURE
    assert "has neither text nor HTML" in refusal.status_message


def test_a_contact_list_goes_by_requests_of_their_own_and_its_link_is_left_to_ses():
    options = ListManagementOptions(contact_list_name="news", topic_name="spring")
    settings = SES(from_email_address="a@example.com", list_management_options=options)
    message = message_of("x", "Bye: {{amazonSESUnsubscribeUrl}}", "<a href='{{{amazonSESUnsubscribeUrl}}}'>{{name}}</a>")
    body = body_of(route_of(message, settings), target_of("a@example.com", {"name": "Ann"}))
    assert body["ListManagementOptions"] == {"ContactListName": "news", "TopicName": "spring"}
    assert content_of(body)["Body"]["Text"]["Data"] == "Bye: {{amazonSESUnsubscribeUrl}}"
    assert content_of(body)["Body"]["Html"]["Data"] == "<a href='{{amazonSESUnsubscribeUrl}}'>Ann</a>"
    alone = SES(from_email_address="a@example.com", list_management_options=ListManagementOptions(contact_list_name="news"))
    body = body_of(route_of(message, alone), target_of("a@example.com"))
    assert body["ListManagementOptions"] == {"ContactListName": "news"}


# --- a template stored in SES

STORED = SES(from_email_address="a@example.com", template_name="welcome")
NO_TEXTS = DirectMessageConfiguration(email_message=EmailMessage(substitutions={"all": ["1"], "many": ["1", "2"]}))


def test_a_stored_template_gets_substitutions_and_the_endpoint_as_data():
    user = EndpointUser(user_id="u-1", user_attributes={"Name": ["Ann"], "Tags": ["a", "b"]})
    body = body_of(route_of(NO_TEXTS, STORED), target_of("ann@example.com", {"all": "own"}, user=user))
    assert body["DefaultContent"] == {"Template": {"TemplateName": "welcome", "TemplateData": "{}"}}
    assert data_of(body["BulkEmailEntries"][0]) == {
        "Address": "ann@example.com",
        "User": {"UserId": "u-1", "UserAttributes": {"Name": "Ann", "Tags": ["a", "b"]}},
        "all": "own",
        "many": ["1", "2"],
    }


def test_a_stored_template_takes_no_texts_of_a_recipients_own():
    for own in ({"title_override": "x"}, {"body_override": "x"}):
        refusal = route_of(NO_TEXTS, STORED).refusal(target_of("a@example.com", EndpointSendConfiguration(**own)))
        assert "title_override or body_override" in refusal.status_message


def test_a_stored_templates_data_have_a_limit():
    refusal = route_of(NO_TEXTS, STORED).refusal(target_of("a@example.com", {"all": "x" * 262_144}))
    assert "at most 262,144 are allowed" in refusal.status_message


@pytest.mark.parametrize("headers", [[], LINK])
def test_a_stored_template_with_a_contact_list_goes_by_requests_of_their_own(headers):
    options = ListManagementOptions(contact_list_name="news")
    settings = SES(from_email_address="a@example.com", template_name="welcome", list_management_options=options)
    body = body_of(route_of(message_of(headers=headers), settings), target_of("a@example.com", {"link": "<https://x.example>"}))
    template = body["Content"]["Template"]
    assert template["TemplateName"] == "welcome"
    assert ("Headers" in template) == bool(headers)


def test_nothing_is_warned_of_without_a_reason():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        route = route_of(settings=SENDER, context={"a": "b"}, trace_id="t")
        assert route.refusal(target_of("a@example.com", EndpointSendConfiguration(context={"c": "d"}))) is None
