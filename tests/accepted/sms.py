"""Text messages."""

from __future__ import annotations

from accepted.case import Case

BODY = "Your table at eight is kept."

CASES = [
    # AWS CLI reference, send-users-messages, its one example: a body, and a user without anything.
    Case(name="cli-reference", channel="SMS", message={"SMSMessage": {"Body": BODY}}, body=BODY),
    # The Java, JavaScript and Kotlin samples "SendMessage" of AWS's code library: all five members.
    Case(
        name="code-library",
        channel="SMS",
        message={
            "SMSMessage": {
                "Body": BODY,
                "MessageType": "TRANSACTIONAL",
                "OriginationNumber": "+18005550199",
                "SenderId": "TABLES",
                "Keyword": "KEYWORD_800555",
            }
        },
        body=BODY,
        shown={"MessageType": "TRANSACTIONAL", "OriginationNumber": "+18005550199", "SenderId": "TABLES"},
    ),
    # A call site in C# with a short code as number of origin: set member by member on empty objects.
    Case(
        name="csharp-short-code",
        channel="SMS",
        message={"SMSMessage": {"MessageType": "PROMOTIONAL", "Body": BODY, "OriginationNumber": "54876"}},
        body=BODY,
        shown={"OriginationNumber": "54876", "MessageType": "PROMOTIONAL"},
    ),
    # PHP, Laravel notification channels: `SenderId` comes from settings and is often null.
    Case(
        name="php-no-sender",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY, "MessageType": "PROMOTIONAL", "SenderId": None}},
        body=BODY,
    ),
    # Ruby, a government's sign-in service: nil for what a country has none of.
    Case(
        name="ruby-nil-for-both-senders",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY, "MessageType": "TRANSACTIONAL", "OriginationNumber": None, "SenderId": None}},
        body=BODY,
    ),
    # Ruby, the same service's tests: an address as people write a number.
    Case(
        name="ruby-number-with-brackets",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY, "MessageType": "TRANSACTIONAL"}},
        endpoint={"Address": "+1 (206) 555-0142"},
        body=BODY,
    ),
    # Go, a one-time-password gateway in India: a registered template's ID beside the sender.
    Case(
        name="go-india-template-id",
        channel="SMS",
        message={
            "SMSMessage": {
                "Body": "481516 is your code",
                "MessageType": "TRANSACTIONAL",
                "SenderId": "TABLES",
                "TemplateId": "1107160000000012345",
            }
        },
        body="481516 is your code",
        shown={"TemplateId": "1107160000000012345"},
    ),
    # Developer guide, "special requirements for India": both registered IDs.
    Case(
        name="india-entity-and-template",
        channel="SMS",
        message={
            "SMSMessage": {
                "Body": BODY,
                "MessageType": "TRANSACTIONAL",
                "SenderId": "TABLES",
                "EntityId": "1101160000000054321",
                "TemplateId": "1107160000000012345",
            }
        },
        body=BODY,
        shown={"EntityId": "1101160000000054321"},
    ),
    # JavaScript, a clinic's open appointments: several lines with links, outside GSM-7 in other languages.
    Case(
        name="javascript-lines-and-links",
        channel="SMS",
        message={
            "SMSMessage": {
                "Body": "Termine frei:\nPraxis Süd: https://example.com/s\n予約できます。\n",
                "MessageType": "TRANSACTIONAL",
                "OriginationNumber": "+18005550199",
            }
        },
        body="Termine frei:\nPraxis Süd: https://example.com/s\n予約できます。\n",
    ),
    # Java, an alert service for vehicles: the sender's own name, else one from the settings; nothing for the user.
    Case(
        name="java-sender-by-name",
        channel="SMS",
        message={"SMSMessage": {"Body": "Door left open", "MessageType": "TRANSACTIONAL", "SenderId": "My-Cars"}},
        body="Door left open",
    ),
    # Guide for partners (Python): the user's name from the endpoint, the code from the message's own values.
    Case(
        name="python-otp-in-message-values",
        channel="SMS",
        message={
            "SMSMessage": {
                "Body": "{{User.UserAttributes.FirstName}}, your code is {{OTP}}",
                "MessageType": "TRANSACTIONAL",
                "OriginationNumber": "+18005550199",
                "Substitutions": {"OTP": ["481516"]},
            }
        },
        endpoint={"User": {"UserAttributes": {"FirstName": ["Noor"]}}},
        body="Noor, your code is 481516",
    ),
    # API reference, SMSMessage: the URL that is kept for later use.
    Case(
        name="media-url",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY, "MediaUrl": "https://example.com/menu.png"}},
        body=BODY,
        shown={"MediaUrl": "https://example.com/menu.png"},
    ),
    # API reference, SendUsersMessages: a body of the user's own, a context and a trace.
    Case(
        name="body-override-context-trace",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY, "MessageType": "TRANSACTIONAL"}},
        user={"BodyOverride": "Your table at nine is kept.", "Context": {"booking": "b-7"}},
        others={"Context": {"branch": "north"}, "TraceId": "trace-7"},
        body="Your table at nine is kept.",
    ),
    # Elixir and Rust clients hand JSON through as it is: empty maps stand where there is nothing.
    Case(
        name="empty-maps",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY, "Substitutions": {}}},
        user={"Context": {}, "Substitutions": {}},
        others={"Context": {}},
        body=BODY,
    ),
    # JavaScript and TypeScript: whole channels, overrides and contexts that depend on something, and are null otherwise.
    Case(
        name="javascript-null-where-nothing-is",
        channel="SMS",
        message={"SMSMessage": {"Body": BODY}, "APNSMessage": None, "DefaultMessage": None},
        user={"BodyOverride": None, "Context": None, "RawContent": None, "Substitutions": None, "TitleOverride": None},
        others={"Context": None, "TemplateConfiguration": None, "TraceId": None},
        body=BODY,
    ),
    # A test of a simulator of AWS: the default message alone.
    Case(name="default-message-alone", channel="SMS", message={"DefaultMessage": {"Body": BODY}}, body=BODY),
    # Words in another case, as enums of other languages print them.
    Case(
        name="message-type-in-lower-case",
        channel="SMS",
        message={"SMSMessage": {"Body": "Hello", "MessageType": "transactional"}},
        written={"SMSMessage": {"Body": "Hello", "MessageType": "TRANSACTIONAL"}},
        body="Hello",
        shown={"MessageType": "TRANSACTIONAL"},
    ),
]
