"""Requests that name a template. They are read and given back; the embedded service keeps no templates to send by."""

from __future__ import annotations

from accepted.case import Case

FILMS = {"Substitutions": {"User.UserAttributes.Films": ["Stalker", "Solaris"]}}

CASES = [
    # AWS's code library, "templated e-mail" (Python): the sender beside the template.
    Case(
        name="code-library-email",
        channel="EMAIL",
        message={"EmailMessage": {"FromAddress": "news@example.com"}},
        others={"TemplateConfiguration": {"EmailTemplate": {"Name": "Welcome", "Version": "1"}}},
        keeps=False,
    ),
    # AWS's code library, "templated text message" (Python).
    Case(
        name="code-library-sms",
        channel="SMS",
        message={"SMSMessage": {"MessageType": "TRANSACTIONAL", "OriginationNumber": "+18005550199"}},
        others={"TemplateConfiguration": {"SMSTemplate": {"Name": "Welcome", "Version": "1"}}},
        keeps=False,
    ),
    # Python, a conference's newsletter, SendUsersMessages: values for all in the channel's message.
    Case(
        name="python-values-for-all",
        channel="EMAIL",
        message={"EmailMessage": {"FromAddress": "news@example.com", "Substitutions": {"submission": ["On bees"]}}},
        others={"TemplateConfiguration": {"EmailTemplate": {"Name": "Comment"}}},
        keeps=False,
    ),
    # Python, recommendations of films, SendUsersMessages: a sender with a display name, a list for each user.
    Case(
        name="python-list-for-a-user",
        channel="EMAIL",
        message={"EmailMessage": {"FromAddress": "Films <films@example.com>"}},
        user=FILMS,
        others={"TemplateConfiguration": {"EmailTemplate": {"Name": "Films"}}},
        keeps=False,
    ),
    # Go: the same values in the channel's message and in a default that has no text.
    Case(
        name="go-default-without-body",
        channel="EMAIL",
        message={
            "EmailMessage": {"FromAddress": "news@example.com", "Substitutions": {"h2": ["Well"]}},
            "DefaultMessage": {"Substitutions": {"h2": ["Well"]}},
        },
        others={"TemplateConfiguration": {"EmailTemplate": {"Name": "Letter", "Version": "2"}}},
        keeps=False,
    ),
    # JavaScript, a push template: values for the user, and a message that says nothing.
    Case(
        name="javascript-push",
        channel="GCM",
        message={},
        user={"Substitutions": {"my_campaign": ["Alert"], "referenceId": ["r-7"]}},
        others={"TemplateConfiguration": {"PushTemplate": {"Name": "Notice"}}},
        keeps=False,
    ),
    # API reference, TemplateConfiguration: all that this operation can use.
    Case(
        name="every-template",
        channel="VOICE",
        message={},
        others={
            "TemplateConfiguration": {
                "EmailTemplate": {"Name": "E"},
                "PushTemplate": {"Name": "P"},
                "SMSTemplate": {"Name": "S"},
                "VoiceTemplate": {"Name": "V", "Version": "3"},
            }
        },
        keeps=False,
    ),
]
