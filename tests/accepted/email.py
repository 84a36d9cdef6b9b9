"""E-mails."""

from __future__ import annotations

from accepted.case import Case

HTML = "<html><head></head><body><h1>News</h1><p>Sent by <a href='https://example.com/'>us</a>.</p></body></html>"
TEXT = "News\r\n-------\r\nSent by us."
MIME = (
    b"From: News <news@example.com>\r\nSubject: News\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe spring list is here.\r\n"
)
MIME_WITH_FILE = (
    b'Subject: Bill {{number}}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\n'
    b"--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Bill {{number}}</p>\r\n"
    b'--b1\r\nContent-Type: application/pdf; name="bill.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
    b'Content-Disposition: attachment; filename="bill.pdf"\r\n\r\nJVBERi0xLjQ=\r\n--b1--\r\n'
)


def part(data: str, charset: str = "UTF-8") -> dict[str, str]:
    return {"Charset": charset, "Data": data}


CASES = [
    # AWS's code library, the samples in C#, JavaScript and Python: three parts with character sets.
    Case(
        name="code-library",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "FromAddress": "news@example.com",
                "SimpleEmail": {"HtmlPart": part(HTML), "Subject": part("News"), "TextPart": part(TEXT)},
            }
        },
        title="News",
        body=TEXT,
        html=HTML,
    ),
    # Java and Kotlin samples of AWS's code library: a body besides the parts, and no text.
    Case(
        name="code-library-java",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "Body": HTML,
                "FromAddress": "news@example.com",
                "SimpleEmail": {"HtmlPart": part(HTML), "Subject": part("News")},
            }
        },
        title="News",
        body=HTML,
        html=HTML,
    ),
    # Java, a welcome: neither a sender nor a text.
    Case(
        name="java-no-sender",
        channel="EMAIL",
        message={"EmailMessage": {"SimpleEmail": {"Subject": part("Welcome"), "HtmlPart": part("<h1>Welcome</h1>")}}},
        title="Welcome",
        html="<h1>Welcome</h1>",
    ),
    # JavaScript, a trigger of Cognito: parts without a character set.
    Case(
        name="javascript-no-charset",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "FromAddress": "news@example.com",
                "SimpleEmail": {"TextPart": {"Data": "A new member."}, "Subject": {"Data": "New member"}},
            }
        },
        title="New member",
        body="A new member.",
    ),
    # PHP: the character set's other name, and a sender with a display name.
    Case(
        name="php-display-name",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "FromAddress": "The News <news@example.com>",
                "SimpleEmail": {
                    "HtmlPart": part("See <a href='https://example.com/'>here</a>", "utf8"),
                    "Subject": part("N", "utf8"),
                },
            }
        },
        title="N",
        html="See <a href='https://example.com/'>here</a>",
        shown={"FromAddress": "The News <news@example.com>"},
    ),
    # Go: the character set in small letters, a text in Japanese.
    Case(
        name="go-japanese",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "FromAddress": "news@example.com",
                "SimpleEmail": {"Subject": part("お知らせ", "utf-8"), "TextPart": part("本日休業です。", "utf-8")},
            }
        },
        title="お知らせ",
        body="本日休業です。",
    ),
    # Developer guide, "Add unsubscribe headers": the two headers of one-click.
    Case(
        name="unsubscribe-headers",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "FromAddress": "news@example.com",
                "SimpleEmail": {
                    "Subject": part("News"),
                    "TextPart": part("The spring list."),
                    "Headers": [
                        {"Name": "List-Unsubscribe", "Value": "<https://example.com/off?address=reader@example.com&topic=7>"},
                        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    ],
                },
            }
        },
        title="News",
        body="The spring list.",
    ),
    # AWS's messaging blog, "one-click unsubscribe": a variable in the header's value.
    Case(
        name="unsubscribe-header-with-variable",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "SimpleEmail": {
                    "Subject": part("News"),
                    "TextPart": part("The spring list."),
                    "Headers": [
                        {"Name": "List-Unsubscribe", "Value": "<https://example.com/off/{{User.UserAttributes.Key.[0]}}>"},
                        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                    ],
                }
            }
        },
        endpoint={"User": {"UserAttributes": {"Key": ["k-7"]}}},
        title="News",
        body="The spring list.",
        shown={
            "SimpleEmail": {
                "Subject": part("News"),
                "TextPart": part("The spring list."),
                "Headers": [
                    {"Name": "List-Unsubscribe", "Value": "<https://example.com/off/k-7>"},
                    {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
                ],
            }
        },
    ),
    # TypeScript, a toolkit of nest.js: a raw message, here as bytes, as botocore documents it.
    Case(
        name="raw",
        channel="EMAIL",
        message={"EmailMessage": {"FromAddress": "news@example.com", "RawEmail": {"Data": MIME}}},
        title="News",
        body="The spring list is here.\r\n",
    ),
    # The same as a string, which botocore takes and writes as UTF-8.
    Case(
        name="raw-as-string",
        channel="EMAIL",
        message={"EmailMessage": {"RawEmail": {"Data": MIME.decode()}}},
        written={"EmailMessage": {"RawEmail": {"Data": MIME}}},
        title="News",
        body="The spring list is here.\r\n",
    ),
    # The same as a bytearray, which botocore takes too.
    Case(
        name="raw-as-bytearray",
        channel="EMAIL",
        message={"EmailMessage": {"RawEmail": {"Data": bytearray(MIME)}}},
        written={"EmailMessage": {"RawEmail": {"Data": MIME}}},
        title="News",
        body="The spring list is here.\r\n",
    ),
    # Question-and-answer pages on attachments: a file beside HTML, with a variable in both.
    Case(
        name="raw-with-a-file",
        channel="EMAIL",
        message={"EmailMessage": {"RawEmail": {"Data": MIME_WITH_FILE}}},
        user={"Substitutions": {"number": ["B-7"]}},
        title="Bill B-7",
        html="<p>Bill B-7</p>",
    ),
    # API reference, EmailMessage: where answers and complaints go, and a value for all.
    Case(
        name="reply-and-feedback-addresses",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "FromAddress": "news@example.com",
                "FeedbackForwardingAddress": "bounces@example.com",
                "ReplyToAddresses": ["desk@example.com", "Desk <desk2@example.com>"],
                "SimpleEmail": {"Subject": part("Issue {{issue}}"), "TextPart": part("Issue {{issue}} is out.")},
                "Substitutions": {"issue": ["12"]},
            }
        },
        title="Issue 12",
        body="Issue 12 is out.",
        shown={"ReplyToAddresses": ["desk@example.com", "Desk <desk2@example.com>"]},
    ),
    # User guide, a link to a page of preferences: attributes within an address in HTML.
    Case(
        name="attributes-in-a-link",
        channel="EMAIL",
        message={
            "EmailMessage": {
                "SimpleEmail": {
                    "Subject": part("News"),
                    "HtmlPart": part(
                        "<a href='https://example.com/p?n={{User.UserAttributes.Name}}&t={{Attributes.Topic}}'>p</a>"
                    ),
                }
            }
        },
        endpoint={"Attributes": {"Topic": ["garden"]}, "User": {"UserAttributes": {"Name": ["Noor"]}}},
        title="News",
        html="<a href='https://example.com/p?n=Noor&t=garden'>p</a>",
    ),
    # A test of a simulator of AWS: the default message for an address of e-mail.
    Case(name="default-message", channel="EMAIL", message={"DefaultMessage": {"Body": "A trial."}}, body="A trial."),
]
