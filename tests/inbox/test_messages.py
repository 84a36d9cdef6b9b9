"""Each message as its receiver sees it: texts, calls, push, e-mail."""

from __future__ import annotations

import base64
import json

import pytest
from inbox_mails import encoded, mime, raw

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@pytest.mark.parametrize(
    ("body", "encoding", "parts"),
    [
        ("a" * 160, "GSM-7, 160 characters", "1 part"),
        ("a" * 161, "GSM-7, 161 characters", "2 parts"),
        ("😀" * 36, "UCS-2, 72 characters", "2 parts"),
        ("a", "GSM-7, 1 character<", "1 part"),
    ],
)
def test_a_text_tells_its_parts(desk, body, encoding, parts):
    page = desk.page(f"/inbox/messages/{desk.sms(body, SenderId='SHOP', MediaUrl='https://m.example.com/p.png')}")
    assert encoding in page
    assert f"<b>{parts}</b>" in page
    assert "SHOP" in page
    assert "https://m.example.com/p.png" in page


def test_a_text_by_sms_and_voice_version_2(desk):
    number = desk.texting("SendTextMessage", MessageBody="hi", OriginationIdentity="US", Context={"why": "because"})
    page = desk.page(f"/inbox/messages/{number}")
    assert "US</figcaption>" in page
    assert "because" in page
    assert "hi</p>" in page


def test_a_call_has_its_script(desk):
    voice = {
        "VoiceMessage": {
            "Body": "<speak>Hello</speak>",
            "VoiceId": "Joanna",
            "LanguageCode": "en-US",
            "OriginationNumber": "+12065550199",
        }
    }
    page = desk.page(f"/inbox/messages/{desk.send(voice, channel='VOICE', address='+12065550100')}")
    for shown in ("&lt;speak&gt;Hello&lt;/speak&gt;", "SSML", "Joanna", "en-US", "+12065550199"):
        assert shown in page
    page = desk.page(f"/inbox/messages/{desk.texting('SendVoiceMessage', MessageBody='Hello', OriginationIdentity='US')}")
    assert "Plain text" in page


PUSH = {"Title": "The title", "Body": "The body", "Url": "shop://1", "Action": "DEEP_LINK", "Sound": "ping", "Data": {"k": "v"}}


def test_a_push_as_ios_shows_it(desk):
    message = {"APNSMessage": {**PUSH, "Badge": 7, "MediaUrl": "https://i.example.com/p.png"}}
    page = desk.page(f"/inbox/messages/{desk.send(message, channel='APNS')}")
    assert 'class="phone ios"' in page
    assert 'class="phone android"' not in page
    for shown in (
        "The title",
        "The body",
        "shop://1",
        "ping",
        ">7<",
        "opens a screen in the app",
        "https://i.example.com/p.png",
    ):
        assert shown in page
    assert '<img src="https' not in page


def test_a_push_as_android_shows_it(desk):
    page = desk.page(
        f"/inbox/messages/{desk.send({'GCMMessage': {**PUSH, 'Url': 'https://x.example.com', 'ImageUrl': 'i'}}, channel='GCM')}"
    )
    assert page.index('class="phone android"') < page.index('class="phone ios"')
    assert 'href="https://x.example.com" rel="noreferrer noopener"' in page
    page = desk.page(f"/inbox/messages/{desk.send({'ADMMessage': {'Body': 'b'}}, channel='ADM')}")
    assert 'class="phone ios"' not in page
    assert "opens the app" in page


def test_a_silent_push_shows_nothing(desk):
    page = desk.page(f"/inbox/messages/{desk.send({'APNSMessage': {'SilentPush': True, 'Data': {'k': 'v'}}}, channel='APNS')}")
    assert "the phone shows nothing" in page


@pytest.mark.parametrize(
    ("channel", "payload", "shown"),
    [
        (
            "APNS",
            {
                "aps": {"alert": {"title": "T1", "subtitle": "S1", "body": "B1"}, "badge": 4, "sound": {"name": "N1"}},
                "own": [1],
            },
            ["T1", "S1", "B1", ">4<", "N1", "[1]"],
        ),
        ("APNS", {"aps": {"alert": "B2", "sound": "N2"}}, ["B2", "N2"]),
        ("APNS", {"aps": {"content-available": 1}}, ["the phone shows nothing"]),
        (
            "GCM",
            {"notification": {"title": "T3", "body": "B3", "image": "I3", "click_action": "A3"}, "data": {"k": 5}},
            ["T3", "B3", "I3", "A3", "5"],
        ),
        (
            "GCM",
            {
                "fcmV1Message": {
                    "message": {
                        "notification": {"title": "T4", "body": "B4"},
                        "android": {"notification": {"body": "B5"}},
                        "apns": {"payload": {"aps": {"badge": 6}}},
                    }
                }
            },
            ["T4", "B5", ">6<"],
        ),
        ("GCM", {"data": {"k": "v9"}}, ["the phone shows nothing", "v9"]),
    ],
)
def test_a_push_that_the_sender_wrote(desk, channel, payload, shown):
    name = {"APNS": "APNSMessage", "GCM": "GCMMessage"}[channel]
    number = desk.send({name: {"RawContent": json.dumps(payload)}}, channel=channel)
    page = desk.page(f"/inbox/messages/{number}")
    for each in [*shown, "Raw content"]:
        assert each in page


def test_a_simple_email(desk):
    simple = {
        "Subject": {"Data": "Déjà vu"},
        "TextPart": {"Data": "plain words"},
        "HtmlPart": {"Data": "<p>rich words</p>"},
        "Headers": [{"Name": "X-Order", "Value": "4711"}],
    }
    message = {"EmailMessage": {"SimpleEmail": simple, "FromAddress": "us@example.com", "ReplyToAddresses": ["re@example.com"]}}
    number = desk.send(message, channel="EMAIL", address="ann@example.com")
    page = desk.page(f"/inbox/messages/{number}")
    for shown in (
        "Déjà vu",
        "plain words",
        "&lt;p&gt;rich words",
        "X-Order",
        "4711",
        "us@example.com",
        "re@example.com",
        'sandbox=""',
        "made of the parts",
    ):
        assert shown in page
    assert "aren't loaded" not in page
    source = desk.get(f"/inbox/messages/{number}/source")
    assert source.headers["Content-Type"].startswith("text/plain")
    assert b"X-Order: 4711\r\n" in source.body
    assert b"Subject: =?utf-8?" in source.body


@pytest.mark.parametrize("part", ["Html", "Text"])
def test_an_email_by_ses_with_attachments(desk, part):
    files = [
        {"FileName": "a.txt", "RawContent": base64.b64encode(b"in the file").decode(), "ContentType": "text/plain"},
        {
            "FileName": "b.bin",
            "RawContent": base64.b64encode(b"b").decode(),
            "ContentType": "message/x y",
            "ContentDisposition": "INLINE",
            "ContentId": "b1",
        },
    ]
    simple = {"Subject": {"Data": "s"}, "Body": {part: {"Data": "words"}}, "Attachments": files}
    number = desk.ses({"Simple": simple}, EmailTags=[{"Name": "campaign", "Value": "spring"}])
    page = desk.page(f"/inbox/messages/{number}")
    for shown in ("a.txt", "text/plain, 11 bytes", "b.bin", "application/octet-stream", "spring"):
        assert shown in page
    file = desk.get(f"/inbox/messages/{number}/attachments/1")
    assert file.body == b"in the file"
    assert file.headers["Content-Type"] == "application/octet-stream"
    assert file.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a.txt"
    for absent in (0, 3):
        assert desk.get(f"/inbox/messages/{number}/attachments/{absent}").status == 404


def test_a_raw_email_with_a_picture_and_a_message_inside(desk):
    message = mime(html='<img src="cid:pic"><img src="cid:gone"><img src="https://x.example.com/t.gif">')
    message.get_payload()[1].add_related(PIXEL, "image", "gif", cid="<pic>")
    message.add_attachment(mime(subject="inner"))
    message.add_attachment(b"x" * 2000, maintype="application", subtype="pdf", filename="é.pdf")
    number = desk.send(raw(message), channel="EMAIL", address="ann@example.com")
    page = desk.page(f"/inbox/messages/{number}")
    for shown in ("Déjà vu", "Us &lt;us@example.com&gt;", "as it was sent", "é.pdf", "2.0 kB", "message/rfc822"):
        assert shown in page
    assert "Images from elsewhere aren't loaded." in page.replace("&#39;", "'")
    html = desk.get(f"/inbox/messages/{number}/html")
    assert f"data:image/gif;base64,{base64.b64encode(PIXEL).decode()}" in html.text
    assert "cid:gone" in html.text
    assert "https:" not in html.headers["Content-Security-Policy"]
    asked = desk.page(f"/inbox/messages/{number}?images=yes")
    assert f'src="/inbox/messages/{number}/html?images=yes"' in asked
    assert "https:" in desk.get(f"/inbox/messages/{number}/html?images=yes").headers["Content-Security-Policy"]
    files = [desk.get(f"/inbox/messages/{number}/attachments/{each}") for each in (1, 2, 3)]
    assert [b"inner" in file.body for file in files] == [False, True, False]


def test_a_raw_email_by_ses_with_headers_that_are_wrong(desk):
    source = b"From: us@example.com\r\nTo: ann@example.com\r\nSubject: =?x-none?b?4pyT?=\r\nX-Odd: caf\xe9\r\n\r\nwords"
    number = desk.ses({"Raw": {"Data": encoded(source)}})
    page = desk.page(f"/inbox/messages/{number}")
    assert "=?x-none?b?4pyT?=" in page
    assert "X-Odd" in page
    assert desk.get(f"/inbox/messages/{number}/source").body == source
