"""Variables in texts: where a value comes from, and how a name may be written."""

from __future__ import annotations

from typing import Any

from accepted.case import Case


def sms(body: str, **members: Any) -> dict[str, Any]:
    return {"SMSMessage": {"Body": body, **members}}


RUNNER = {
    "Attributes": {"Club": ["North", "South"]},
    "Demographic": {"Locale": "en_GB", "Timezone": "Europe/London", "Platform": "ios"},
    "Location": {"City": "Leeds", "Country": "GB", "PostalCode": "LS1"},
    "User": {"UserAttributes": {"FirstName": ["Noor"], "Activity": ["hurdles"], "Record": ["13.2 s"]}},
}

CASES = [
    # User guide, "Adding personalized content": three attributes of the user.
    Case(
        name="user-attributes",
        channel="SMS",
        message=sms(
            "{{User.UserAttributes.FirstName}}: a new record in {{User.UserAttributes.Activity}}, "
            "{{User.UserAttributes.Record}}!"
        ),
        endpoint=RUNNER,
        body="Noor: a new record in hurdles, 13.2 s!",
    ),
    # The same page: an attribute that a recipient lacks is left out of the text.
    Case(
        name="absent-attribute",
        channel="SMS",
        message=sms("A new{{User.UserAttributes.Activity}} record."),
        body="A new record.",
    ),
    # The same page, the table of attributes: those with a dot that aren't the user's.
    Case(
        name="standard-attributes",
        channel="SMS",
        message=sms(
            "{{Location.City}} {{Location.Country}} {{Location.PostalCode}} {{Demographic.Locale}} {{Demographic.Platform}}"
        ),
        endpoint=RUNNER,
        body="Leeds GB LS1 en_GB ios",
    ),
    # The same table: the user's ID.
    Case(name="user-id", channel="SMS", message=sms("You are {{User.UserId}}."), body="You are u-1."),
    # The same table: attributes without a dot, which the service knows by itself.
    Case(
        name="attributes-without-a-dot",
        channel="SMS",
        message=sms("{{Address}} {{ChannelType}} {{Id}} {{EndpointStatus}} {{OptOut}}"),
        body="+12065550142 SMS e-1 ACTIVE NONE",
    ),
    # The same table: recommendations, which no endpoint has here.
    Case(
        name="recommendations",
        channel="SMS",
        message=sms("For you: {{RecommendationItems}}{{RecommendationItems.[0]}}{{Recommendations.Name.[1]}}."),
        body="For you: .",
    ),
    # User guide, helpers: an entry of a list attribute.
    Case(
        name="entry-of-an-attribute",
        channel="SMS",
        message=sms("{{Attributes.Club.[1]}}, {{User.UserAttributes.FirstName.[0]}}"),
        endpoint=RUNNER,
        body="South, Noor",
    ),
    # The same for a value of the request.
    Case(
        name="entry-of-a-value",
        channel="SMS",
        message=sms("First {{stops.[0]}}, then {{stops.[1]}}."),
        user={"Substitutions": {"stops": ["Leeds", "York"]}},
        body="First Leeds, then York.",
    ),
    # Python, recommendations of films, SendUsersMessages: the value's name is that of an attribute, dots and all.
    Case(
        name="python-value-named-as-an-attribute",
        channel="SMS",
        message=sms("Try {{User.UserAttributes.Films}}."),
        user={"Substitutions": {"User.UserAttributes.Films": ["Stalker"]}},
        body="Try Stalker.",
    ),
    # JavaScript, a campaign's names: dots, which then aren't attributes.
    Case(
        name="javascript-camel-case",
        channel="SMS",
        message=sms("{{my_campaign}} {{correlationId}}"),
        user={"Substitutions": {"my_campaign": ["Alert"], "correlationId": ["x-7"], "referenceId": ["r-7"]}},
        body="Alert x-7",
    ),
    # Handlebars, "literal segments": a name that isn't an identifier.
    Case(
        name="name-in-brackets",
        channel="SMS",
        message=sms("Hi {{[first-name]}}"),
        user={"Substitutions": {"first-name": ["Noor"]}},
        body="Hi Noor",
    ),
    Case(
        name="attribute-in-brackets",
        channel="SMS",
        message=sms("{{Attributes.[home club]}} {{User.UserAttributes.[first-name].[0]}}"),
        endpoint={"Attributes": {"home club": ["North"]}, "User": {"UserAttributes": {"first-name": ["Noor"]}}},
        body="North Noor",
    ),
    # Handlebars, "HTML escaping": the other way to write what isn't escaped.
    Case(
        name="ampersand",
        channel="SMS",
        message=sms("{{& greeting}} {{&greeting}}"),
        user={"Substitutions": {"greeting": ["Fish & chips"]}},
        body="Fish & chips Fish & chips",
    ),
    # Handlebars, "whitespace control".
    Case(
        name="white-space-control",
        channel="SMS",
        message=sms("Hi  {{~ name ~}}  !"),
        user={"Substitutions": {"name": ["Noor"]}},
        body="HiNoor!",
    ),
    # Handlebars, "escaping Handlebars expressions".
    Case(name="escaped", channel="SMS", message=sms("Write \\{{name}} there."), body="Write {{name}} there."),
    # Handlebars, grammar: a literal alone in its tag is a name that nobody has to supply.
    Case(name="literals", channel="SMS", message=sms("a{{true}}b{{12}}c{{null}}d{{'x y'}}e"), body="abcde"),
    Case(
        name="literals-as-names",
        channel="SMS",
        message=sms('{{1}} and {{2}}{{"a b"}}'),
        user={"Substitutions": {"1": ["one"], "2": ["two"], "a b": ["!"]}},
        body="one and two!",
    ),
    # Handlebars, "raw blocks": the text of a template that is to arrive as it is.
    Case(
        name="raw-block",
        channel="SMS",
        message=sms("{{{{raw}}}}Write {{name}}{{#if}}.{{{{/raw}}}}"),
        body="Write {{name}}{{#if}}.",
    ),
    # Handlebars, expressions: three braces for text that isn't escaped.
    Case(
        name="three-braces",
        channel="SMS",
        message=sms("{{{greeting}}}"),
        user={"Substitutions": {"greeting": ["Fish & chips"]}},
        body="Fish & chips",
    ),
    # Handlebars, comments.
    Case(
        name="comment",
        channel="SMS",
        message=sms("Now{{! for the desk }} or never{{!-- {{not}} this --}}."),
        body="Now or never.",
    ),
    # API reference, Substitutions: the user's own win over the channel's, those over the default's.
    Case(
        name="which-value-wins",
        channel="SMS",
        message={
            "DefaultMessage": {"Body": "-", "Substitutions": {"a": ["default"], "b": ["default"], "c": ["default"]}},
            "SMSMessage": {"Body": "{{a}} {{b}} {{c}}", "Substitutions": {"b": ["channel"], "c": ["channel"]}},
        },
        user={"Substitutions": {"c": ["own"]}},
        body="default channel own",
    ),
    # Python, a conference's newsletter: a value that only another channel's text needs.
    Case(
        name="value-of-another-channel",
        channel="SMS",
        message={
            "SMSMessage": {"Body": "A comment waits."},
            "EmailMessage": {"SimpleEmail": {"Subject": {"Data": "On {{submission}}"}}, "Substitutions": {"submission": ["S"]}},
        },
        body="A comment waits.",
    ),
    # Python, the same: the users who have no address of e-mail have no value for its text either.
    Case(
        name="variable-of-another-channel",
        channel="SMS",
        message={
            "SMSMessage": {"Body": "A comment waits."},
            "EmailMessage": {"SimpleEmail": {"Subject": {"Data": "On {{submission}}"}}},
        },
        body="A comment waits.",
    ),
]
