"""Voice messages."""

from __future__ import annotations

from accepted.case import Case

SSML = '<speak>Your code is <say-as interpret-as="digits">4815</say-as><break time="1s"/>Good bye.</speak>'

LONG = f"{'Please hold the line. ' * 130}<break time='1s'/>" + "<emphasis level='strong'>Now.</emphasis>" * 10
ESCAPED = f"<speak>{'fish &amp; chips, ' * 210}</speak>"
COMMENTED = f"<!-- a < b -->\n <speak>{LONG}<!-- for 1 < 2 -->{'<!-- x < y > z -->' * 50}</speak>"
LAID_OUT = "<speak>\n" + f"{' ' * 12}<p>{'Please hold the line. ' * 12}</p>\n" * 11 + "</speak>"

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
    # The Speech Synthesis Markup Language, 2.2: what may stand before the root element of a document.
    Case(
        name="ssml-with-a-declaration",
        channel="VOICE",
        message={"VoiceMessage": {"Body": f'<?xml version="1.0" encoding="UTF-8"?>\n<speak version="1.1">{LONG}</speak>'}},
        body=f'<?xml version="1.0" encoding="UTF-8"?>\n<speak version="1.1">{LONG}</speak>',
    ),
    Case(
        name="ssml-with-comments",
        channel="VOICE",
        message={
            "VoiceMessage": {"Body": f"<!-- a < b -->\n <speak>{LONG}<!-- for 1 < 2 -->{'<!-- x < y > z -->' * 50}</speak>"}
        },
        body=f"<!-- a < b -->\n <speak>{LONG}<!-- for 1 < 2 -->{'<!-- x < y > z -->' * 50}</speak>",
    ),
    Case(
        name="ssml-with-a-document-type",
        channel="VOICE",
        message={"VoiceMessage": {"Body": f"<?xml version='1.0'?><!DOCTYPE speak SYSTEM 'x.dtd'><speak>{LONG}</speak>"}},
        body=f"<?xml version='1.0'?><!DOCTYPE speak SYSTEM 'x.dtd'><speak>{LONG}</speak>",
    ),
    # Amazon Polly, "reserved characters in SSML": a character that is escaped is spoken as one.
    Case(name="ssml-with-escapes", channel="VOICE", message={"VoiceMessage": {"Body": ESCAPED}}, body=ESCAPED),
    # The blanks that lay a document out are spoken as one.
    Case(name="ssml-laid-out", channel="VOICE", message={"VoiceMessage": {"Body": LAID_OUT}}, body=LAID_OUT),
]
