"""Voice messages."""

from __future__ import annotations

from accepted.case import Case

SSML = '<speak>Your code is <say-as interpret-as="digits">4815</say-as><break time="1s"/>Good bye.</speak>'

CASES = [
    # API reference, VoiceMessage: all members.
    Case(
        name="api-reference",
        channel="VOICE",
        message={
            "VoiceMessage": {
                "Body": "The shop closes at six.",
                "LanguageCode": "en-US",
                "OriginationNumber": "+18005550199",
                "VoiceId": "Joanna",
            }
        },
        body="The shop closes at six.",
        shown={"LanguageCode": "en-US", "VoiceId": "Joanna"},
    ),
    # Python, an alarm of servers: a language without a country.
    Case(
        name="python-language-alone",
        channel="VOICE",
        message={"VoiceMessage": {"Body": "Two servers are down.", "LanguageCode": "en", "OriginationNumber": "+18005550199"}},
        body="Two servers are down.",
        shown={"LanguageCode": "en"},
    ),
    # Developer guide, samples "Send voice messages": SSML as body.
    Case(
        name="ssml",
        channel="VOICE",
        message={"VoiceMessage": {"Body": SSML, "LanguageCode": "en-GB", "VoiceId": "Amy"}},
        body=SSML,
    ),
    # Ruby, a government's sign-in service: SSML that speaks the code that the user has.
    Case(
        name="ssml-with-a-code",
        channel="VOICE",
        message={"VoiceMessage": {"Body": "<speak>{{code}}</speak>", "LanguageCode": "fr-FR", "VoiceId": "Mathieu"}},
        user={"Substitutions": {"code": ["4, 8, 1, 5"]}},
        body="<speak>4, 8, 1, 5</speak>",
    ),
    # JavaScript, a chat bot that reads its answers out: nothing but a text.
    Case(name="javascript-text-alone", channel="VOICE", message={"VoiceMessage": {"Body": "It rains."}}, body="It rains."),
]
