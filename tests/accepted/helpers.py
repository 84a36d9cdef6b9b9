"""Blocks and helpers of the template language in the texts of a direct message."""

from __future__ import annotations

from typing import Any

from accepted.case import Case

NOOR: dict[str, Any] = {
    "Location": {"City": "Leeds", "Country": "GB"},
    "User": {"UserAttributes": {"FirstName": ["Noor"], "Colors": ["red", "blue"], "Age": ["22"]}},
}
GREETING = "{{#if User.UserAttributes.FirstName.[0]}}Hello {{User.UserAttributes.FirstName.[0]}},{{else}}Hello,{{/if}} welcome."
LIST = "{{#each User.UserAttributes.Colors}}{{@index}}:{{this}};{{else}}none{{/each}}"


def sms(body: str) -> dict[str, Any]:
    return {"SMSMessage": {"Body": body}}


CASES = [
    # User guide, "Using message template helpers", if: the attribute is there.
    Case(name="if", channel="SMS", message=sms(GREETING), endpoint=NOOR, body="Hello Noor, welcome."),
    # The same where it isn't.
    Case(name="if-not-there", channel="SMS", message=sms(GREETING), body="Hello, welcome."),
    # The same for a value of the request that a user may lack.
    Case(
        name="if-of-a-value-that-is-absent",
        channel="SMS",
        message=sms("Welcome{{#if name}}, {{name}}{{/if}}!"),
        body="Welcome!",
    ),
    Case(
        name="if-of-a-value",
        channel="SMS",
        message=sms("Welcome{{#if name}}, {{name}}{{/if}}!"),
        user={"Substitutions": {"name": ["Noor"]}},
        body="Welcome, Noor!",
    ),
    # Handlebars, "conditionals": one condition after another.
    Case(
        name="else-if",
        channel="SMS",
        message=sms("{{#if nick}}{{nick}}{{else if name}}{{name}}{{else}}you{{/if}}!"),
        user={"Substitutions": {"name": ["Noor"]}},
        body="Noor!",
    ),
    # A text in two languages, as one message for all: only one of them goes out, and its length is what counts.
    Case(
        name="long-branches",
        channel="SMS",
        message=sms(f"{{{{#if german}}}}{'ä' * 1000}{{{{else}}}}{'e' * 1000}{{{{/if}}}}"),
        user={"Substitutions": {"german": ["yes"]}},
        body="ä" * 1000,
    ),
    Case(
        name="long-branches-of-a-notification",
        channel="GCM",
        message={"GCMMessage": {"Body": f"{{{{#if german}}}}{'a' * 3000}{{{{else}}}}{'e' * 3000}{{{{/if}}}}"}},
        body="e" * 3000,
    ),
    # Handlebars, "with": names within an attribute.
    Case(
        name="with",
        channel="SMS",
        message=sms("{{#with Location}}{{City}}, {{Country}}{{/with}}"),
        endpoint=NOOR,
        body="Leeds, GB",
    ),
    # The same page, each: with the index, and else.
    Case(name="each", channel="SMS", message=sms(LIST), endpoint=NOOR, body="0:red;1:blue;"),
    Case(name="each-of-none", channel="SMS", message=sms(LIST), body="none"),
    # Handlebars, block parameters: a name that only the block knows.
    Case(
        name="each-with-a-name",
        channel="SMS",
        message=sms("{{#each items as |item|}}{{item}} {{/each}}"),
        user={"Substitutions": {"items": ["Tea", "Rice"]}},
        body="Tea Rice ",
    ),
    # The same page, comparisons: in a block and within another helper.
    Case(
        name="eq-in-a-block",
        channel="SMS",
        message=sms('{{#eq User.UserAttributes.Colors.[0] "red"}}Red it is.{{else}}Not red.{{/eq}}'),
        endpoint=NOOR,
        body="Red it is.",
    ),
    Case(
        name="and-of-eq",
        channel="SMS",
        message=sms('{{#and (eq Location.City "Leeds") (eq Location.Country "GB")}}Near.{{else}}Far.{{/and}}'),
        endpoint=NOOR,
        body="Near.",
    ),
    Case(
        name="gte-on-one-line",
        channel="SMS",
        message=sms("{{gte User.UserAttributes.Age.[0] \"18\" yes='May drive' no='May not'}}"),
        endpoint=NOOR,
        body="May drive",
    ),
    # The same page, strings: a value and a number, options by name.
    Case(
        name="upper-and-abbreviate",
        channel="SMS",
        message=sms('{{upper Location.City}} {{abbreviate User.UserAttributes.FirstName.[0] 6}} {{join Attributes.x ", "}}'),
        endpoint=NOOR,
        body="LEEDS Noor ",
    ),
    Case(
        name="date",
        channel="SMS",
        message=sms(
            'On {{dateFormat User.UserAttributes.Day.[0] inputFormat="MM/dd/yyyy" outputFormat="full" tz=Europe/London}}'
        ),
        endpoint={"User": {"UserAttributes": {"Day": ["09/19/2026"]}}},
        body="On Saturday, September 19, 2026",
    ),
    # The same page: a number and two words, without quotes.
    Case(
        name="inflect",
        channel="SMS",
        message=sms("{{inflect 3 pear pears includeCount=true}}, {{inflect 1 pear pears includeCount=false}}"),
        body="3 pears, pear",
    ),
    # The same page: helpers that need no value, and look like variables.
    Case(name="uuid-and-now", channel="SMS", message=sms("{{uuid}} {{now}}"), renders=False),
    # The same page: arithmetic and codes.
    Case(
        name="arithmetic-and-codes",
        channel="SMS",
        message=sms('{{add 5 2.3}} {{round 19.21}} {{md5 "x"}} {{encode64 "x"}}'),
        body="7.3 19 9dd4e461268c8034f5c8564e155c67a6 eA==",
    ),
    # The same page, inline partials: a text that is used twice.
    Case(
        name="inline-partial",
        channel="SMS",
        message=sms('Hello. {{#* inline "sign"}}Yours, the shop{{/inline}}{{> sign}}'),
        body="Hello. Yours, the shop",
    ),
]
