"""The pages as any client gets them: what is in them, who may write, and what protects them."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time
from email.message import EmailMessage as MIMEMessage
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pinpoint_users.local._inbox as inbox

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


PARTS = ("html", "source", "request", "answer", "attachments/1")
HEADS = [
    b"",
    b"From: us@example.com\r\nTo: a@example.com\r\nSubject: ",
    b"Subject: =?utf-8?b?",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"Content-Type: application/x; name*=",
    b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=",
]


def mime(**parts):
    message = MIMEMessage()
    message["From"], message["To"], message["Subject"] = (
        "Us <us@example.com>",
        "ann@example.com",
        parts.get("subject", "Déjà vu"),
    )
    message.set_content(parts.get("text", "plain words"))
    if "html" in parts:
        message.add_alternative(parts["html"], subtype="html")
    return message


def encoded(message):
    return base64.b64encode(message if isinstance(message, bytes) else message.as_bytes()).decode()


def raw(message):
    return {"EmailMessage": {"RawEmail": {"Data": encoded(message)}}}


# --- the list


def test_an_empty_inbox_says_so(desk):
    assert "Nothing has been sent yet." in desk.page()
    assert "Forget every delivery" not in desk.page()


def test_the_list_has_user_channel_address_text_and_time(desk):
    number = desk.sms("Your code is 1", user="ann")
    page = desk.page()
    for shown in ("ann", "SMS", "+12065550100", "Your code is 1", f'href="/inbox/messages/{number}"', "1 delivery"):
        assert shown in page
    assert "<time datetime=" in page


def test_the_list_goes_by_pages_newest_first(desk):
    for number in range(51):
        desk.sms(f"text number {number}.")
    first, second = desk.page(), desk.page("/?page=2")
    assert first.index("text number 50.") < first.index("text number 49.") < first.index("text number 1.")
    assert "text number 0." not in first
    assert "51 deliveries, page 1 of 2" in first
    assert 'rel="next" href="/?page=2"' in first
    assert "text number 0." in second
    assert 'rel="prev" href="/"' in second
    assert desk.page("/?page=99") == second
    assert desk.page("/?page=many") == first


def test_the_list_is_searched_by_text_user_and_channel(desk):
    desk.sms("Straße", user="ann")
    desk.sms("other", user="ben")
    desk.send({"GCMMessage": {"RawContent": '{"notification": {"title": "needle"}}'}}, channel="GCM")
    assert "1 delivery" in desk.page("/?q=STRASSE")
    assert "1 delivery" in desk.page("/?user=ben")
    assert "1 delivery" in desk.page("/?channel=GCM")
    assert "2 deliveries" in desk.page("/?channel=SMS")
    assert "3 deliveries" in desk.page("/?channel=NONE")
    assert "1 delivery" in desk.page("/?q=needle")
    assert "No delivery is like that." in desk.page("/?q=absent&user=ann&channel=SMS")
    assert 'href="/?q=other&amp;channel=SMS"' in desk.page("/?q=other")


def test_a_search_of_very_many_finds_the_newest(desk):
    desk.sms("words")
    with desk.local._store.transaction():
        desk.local._store._connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) "
            "INSERT INTO deliveries (document) SELECT document FROM n, deliveries WHERE deliveries.number = 1"
        )
    assert "1,101 deliveries, page 1 of 23" in desk.page()
    assert "The newest 1,000 deliveries, page 20 of 20" in desk.page("/?q=words&page=99")
    assert 'class="count">1,101</span>' in desk.page()
    assert 'class="count">1,000</span>' not in desk.page()


def test_a_percent_sign_is_searched_as_it_is(desk):
    desk.sms("half off")
    assert "No delivery is like that." in desk.page("/?q=%25")


def test_what_is_no_json_to_sqlite_is_listed_all_the_same(desk):
    request = b'{"FromEmailAddress": "us@example.com", "Destination": {"ToAddresses": ["ann@example.com"]}, \
        "Content": {"Simple": {"Subject": {"Data": "odd"}, "Body": {"Text": {"Data": "x"}}}}}'
    assert desk.ask("POST", "/v2/email/outbound-emails", request).status == 200
    with desk.local._store.transaction():  # as Python's json writes it, where orjson isn't installed
        desk.local._store._connection.execute(
            """UPDATE deliveries SET document = replace(document, '"Data":"x"', '"Data":NaN')"""
        )
    assert "1 delivery" in desk.page()
    assert "No delivery is like that." in desk.page("/?q=odd")


def test_the_live_part_is_sent_only_when_it_has_changed(desk):
    desk.sms("one")
    answer = desk.get("/inbox/list")
    state = answer.text.split('data-state="')[1].split('"')[0]
    assert answer.text.lstrip().startswith("<nav")
    assert desk.get(f"/inbox/list?state={state}").status == 204
    desk.local.clear_deliveries()
    desk.sms("two")
    assert "two" in desk.get(f"/inbox/list?state={state}").text


def test_deliveries_in_the_same_process_are_there_too(desk):
    from pinpoint_users import DirectMessageConfiguration, SMSMessage

    desk.local.add_endpoint(user_id="near", channel_type="SMS", address="+12065550101")
    desk.local.client().send(DirectMessageConfiguration(sms_message=SMSMessage(body="nearby")), ["near"])
    assert "nearby" in desk.page()
    assert "SendUsersMessages" in desk.page("/inbox/messages/1")


def test_every_delivery_can_be_forgotten(desk):
    number = desk.sms()
    answer = desk.post("/inbox/clear")
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert desk.local.deliveries() == ()
    assert desk.local.requests == {}
    gone = desk.get(f"/inbox/messages/{number}")
    assert gone.status == 404
    assert "there any longer" in gone.text


# --- messages


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


def test_what_isnt_an_email_has_no_source(desk):
    assert desk.get(f"/inbox/messages/{desk.sms()}/source").status == 404
    assert desk.get("/inbox/messages/99999999999999999999").status == 404


def test_the_request_and_the_answer_are_behind_a_message(desk):
    first, second = desk.sms("one"), desk.sms("two")
    for number, word in ((first, "one"), (second, "two")):
        page = desk.page(f"/inbox/messages/{number}")
        assert "SendUsersMessages" in page
        assert "HTTP 200" in page
        request, answer = (json.loads(desk.get(f"/inbox/messages/{number}/{part}").body) for part in ("request", "answer"))
        assert request["MessageConfiguration"]["SMSMessage"]["Body"] == word
        assert answer["Result"]["u"]["e-u"]["DeliveryStatus"] == "SUCCESSFUL"
    assert f'href="/inbox/messages/{second}"' in desk.page(f"/inbox/messages/{first}")


def test_an_answer_is_that_which_went_out(desk):
    desk.local.fail_next(503, accept=True)
    desk.ask(
        "POST",
        "/v1/apps/local-application/messages",
        json.dumps(
            {"MessageConfiguration": {"SMSMessage": {"Body": "x"}}, "Addresses": {"+12065550100": {"ChannelType": "SMS"}}}
        ),
    )
    assert "HTTP 503" in desk.page("/inbox/messages/1")
    assert "A scripted fault." in desk.page("/inbox/messages/1")
    desk.local.truncate_next()
    with pytest.raises((ConnectionError, http.client.IncompleteRead)):
        desk.sms()
    assert "HTTP 200, truncate" in desk.page("/inbox/messages/2")
    desk.local.drop_next(accept=True)
    with pytest.raises(ConnectionError):
        desk.sms()
    assert "kept back: a fault let the connection drop" in desk.page("/inbox/messages/3")


def test_what_isnt_json_is_shown_as_it_is(desk):
    desk.local.answer_next(b"<p>not JSON", accept=True)
    desk.sms()
    assert "&lt;p&gt;not JSON" in desk.page("/inbox/messages/1")
    payload = {"RawContent": "{{all}}", "Substitutions": {"all": ["no JSON"]}}
    page = desk.page(f"/inbox/messages/{desk.send({'APNSMessage': payload}, channel='APNS')}")
    assert "no JSON" in page


def test_a_large_request_is_shown_in_part(desk):
    message = {"EmailMessage": {"SimpleEmail": {"Subject": {"Data": "s"}, "TextPart": {"Data": "x" * 120_000}}}}
    number = desk.send(message, channel="EMAIL", address="ann@example.com")
    page = desk.page(f"/inbox/messages/{number}")
    assert f'The beginning. <a href="/inbox/messages/{number}/request">' in page
    assert len(desk.get(f"/inbox/messages/{number}/request").body) > 120_000


def test_a_delivery_from_before_requests_were_kept(desk):
    number = desk.sms()
    with desk.local._store.transaction():
        desk.local._store._connection.execute("DELETE FROM exchanges")
    assert "HTTP 200" not in desk.page(f"/inbox/messages/{number}")
    assert desk.get(f"/inbox/messages/{number}/request").status == 404
    assert "1 delivery" in desk.page()


def test_a_long_blank_in_a_subject_holds_nothing_up(desk):
    subject = {"Data": f"b{' ' * 60_000}\r\n c"}
    number = desk.ses({"Simple": {"Subject": subject, "Body": {"Text": {"Data": "t"}}}})
    began = time.process_time()
    assert "<h1" in desk.page(f"/inbox/messages/{number}")
    assert time.process_time() - began < 2


def test_headers_in_bare_utf_8_are_read_as_mail_programs_read_them(desk):
    source = """From: Zoë <us@example.com>
To: ann@example.com
Subject: Grüße, 日本
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Hallo
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="日本.pdf"

x
--b--
""".replace("\n", "\r\n")
    for data in (source.encode(), source.encode().replace("日本".encode(), b"\xff")):
        number = desk.ses({"Raw": {"Data": base64.b64encode(data).decode()}})
        said = "日本" if b"\xff" not in data else "\ufffd"
        page = desk.page(f"/inbox/messages/{number}")
        assert desk.local.deliveries()[-1].title == f"Grüße, {said}"
        assert f"Grüße, {said}" in desk.page()
        assert "Zoë &lt;us@example.com&gt;" in page
        assert f"{said}.pdf" in page


def test_an_email_of_messages_in_messages_is_shown_by_its_headers(desk):
    data = b"Subject: Russian dolls\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 400
    number = desk.ses({"Raw": {"Data": base64.b64encode(data).decode()}})
    page = desk.page(f"/inbox/messages/{number}")
    assert "Russian dolls" in page
    assert "/attachments/" not in page
    assert desk.get(f"/inbox/messages/{number}/source").body == data


def test_the_time_in_the_list_has_its_zone(desk):
    desk.sms()
    assert re.search(r'<time datetime="[^"]+Z" title="\d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC">', desk.page())


def test_the_bounds_of_what_is_kept_are_shown(desk):
    desk.sms()
    bounds = (
        "The last 100,000 deliveries are kept, at most 200 MB, and the last 100 MB of the requests and answers behind them."
    )
    assert bounds in desk.page()


def test_the_oldest_requests_give_way_to_newer_ones_by_their_bytes(desk):
    first, second = desk.sms(), desk.sms()
    body = json.dumps(
        {
            "MessageConfiguration": {"SMSMessage": {"Body": "large"}},
            "Addresses": {"+12065550100": {"ChannelType": "SMS"}},
            "Endpoints": {"nobody": {"Context": {"a": "x" * 6_900_000}}},
        }
    )
    for _ in range(15):
        assert desk.ask("POST", "/v1/apps/local-application/messages", body).status == 200
    for number in (first, second, second + 1):
        page = desk.page(f"/inbox/messages/{number}")
        assert "The request and the answer have given way to newer ones, of which 100 MB are kept." in page
        assert desk.get(f"/inbox/messages/{number}/request").status == 404
    kept = range(second + 2, second + 16)
    assert all(len(desk.get(f"/inbox/messages/{number}/request").body) > 6_900_000 for number in kept)
    assert f'href="/inbox/messages/{first}"' in desk.page()
    desk.local.clear_deliveries()
    assert "HTTP 200" in desk.page(f"/inbox/messages/{desk.sms()}")


@pytest.mark.parametrize("text", ["\ud800", "\0", "\u202e", "\ufffe", "\r\n", "{{", "=?utf-8?q?=ff?="])
def test_texts_that_are_hardly_texts(desk, text):
    simple = {"Subject": {"Data": f"s{text}s"}, "Body": {"Text": {"Data": f"t{text}"}, "Html": {"Data": f"h{text}"}}}
    file = {"FileName": f"f{text}f", "RawContent": "eA==", "ContentDescription": text, "ContentId": f"c{text}"}
    try:
        number = desk.ses({"Simple": {**simple, "Attachments": [file]}})
    except AssertionError:
        assert desk.local.deliveries() == ()
        return
    for path in ("/", "/?q=s", f"/inbox/messages/{number}", *(f"/inbox/messages/{number}/{part}" for part in PARTS)):
        assert desk.get(path).status == 200, path


@pytest.mark.parametrize("operation", ["SendTextMessage", "SendVoiceMessage"])
def test_a_lone_surrogate_in_a_text_message(desk, operation):
    number = desk.texting(operation, MessageBody="a\ud800b", OriginationIdentity="US")
    assert "a?b" in desk.page(f"/inbox/messages/{number}")
    assert "a?b" in desk.page()


@given(data=st.binary(max_size=300), head=st.sampled_from(HEADS))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_raw_emails_that_are_hardly_emails(desk, data, head):
    try:
        number = desk.send(raw(head + data), channel="EMAIL", address="a@example.com")
    except AssertionError as refusal:
        assert "isn't a MIME message" in str(refusal)  # noqa: PT017 - most are taken
        return
    for path in ("/", f"/inbox/messages/{number}", f"/inbox/messages/{number}/html", f"/inbox/messages/{number}/source"):
        assert desk.get(path).status == 200, path


# --- faults


def test_faults_are_scripted_by_a_form(desk):
    assert "every request is answered as it should be" in desk.page("/inbox/faults")
    for kind, accept in (("429", "yes"), ("503", "yes"), ("hang", "no"), ("drop", "no")):
        answer = desk.post("/inbox/faults", kind=kind, times="2", accept=accept, operation="SendMessages")
        assert answer.status == 303
    page = desk.page(answer.headers["Location"])
    assert "Scripted: Drop, 2 requests." in page
    told = [line.split("</b>")[0] for line in page.split("<li><b>")[1:]]
    assert told == ["Answer 429", "Answer 503, the message goes out", "Hang", "Drop"]
    assert "SendMessages, 2 requests" in page
    with pytest.raises(AssertionError, match="A scripted fault"):
        desk.send({"SMSMessage": {"Body": "x"}}, channel="SMS")
    assert "<td>429</td><td>1</td>" in desk.page("/inbox/faults")
    desk.post("/inbox/faults/clear")
    assert "every request is answered as it should be" in desk.page("/inbox/faults")


def test_throttling_is_scripted_by_a_form(desk):
    desk.post("/inbox/faults", kind="throttle", times="1", users="u, v", addresses="+1\n+2", share="10")
    assert "u, v, +1, +2, 10% of all addresses, 1 time each" in desk.page("/inbox/faults")
    assert desk.sms() == 0
    assert desk.sms() == 1


def test_what_code_has_scripted_is_told_too(desk):
    local = desk.local
    local.pass_next()
    local.answer_next(b"", accept=False)
    local.alter_next(lambda answer: answer)
    local.reject("MESSAGE_REJECTED", addresses=["a@example.com"], share=0.5)
    local.reject("ACCOUNT_SUSPENDED")
    local.throttle(endpoint_ids=["e-9"])
    page = desk.page("/inbox/faults")
    for shown in (
        "<b>Pass</b>",
        "<b>Answer 200</b>",
        "Answer something else",
        "a@example.com, 50% of all",
        "whole requests",
        "e-9",
    ):
        assert shown in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Choose what is to go wrong."),
        ({"kind": "429", "times": "0"}, "from 1 to 1,000"),
        ({"kind": "429", "times": "some"}, "from 1 to 1,000"),
        ({"kind": "429", "operation": "CreateApp"}, "isn&#39;t an operation that sends"),
        ({"kind": "throttle"}, "Name users or addresses"),
        ({"kind": "throttle", "share": "101"}, "from 0 to 100"),
    ],
)
def test_a_form_that_is_wrong_says_so(desk, fields, words):
    answer = desk.post("/inbox/faults", **fields)
    assert answer.status == 400
    assert words in answer.text
    assert "every request is answered as it should be" in answer.text


def test_requests_that_hang_can_be_dropped(desk):
    import threading

    from over_http import until

    desk.local.hang_next()
    ended = []

    def hang():
        try:
            desk.sms()
        except ConnectionError:
            ended.append(True)

    thread = threading.Thread(target=hang)
    thread.start()
    until(lambda: desk.server.hanging)
    assert "1 request waits" in desk.page("/inbox/faults")
    desk.post("/inbox/faults/release")
    thread.join(10)
    assert ended == [True]


# --- what protects it

POSTS = ["/inbox/clear", "/inbox/faults", "/inbox/faults/clear", "/inbox/faults/release"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ({"Origin": "https://evil.example.com"}, {}),
        ({"Origin": "null"}, {}),
        ({"Sec-Fetch-Site": "cross-site"}, {}),
        ({"Sec-Fetch-Site": "same-site"}, {}),
        ({}, {"token": "guess"}),
        ({}, {"token": ""}),
    ],
)
def test_another_sites_forms_change_nothing(desk, path, headers, fields):
    desk.sms()
    desk.local.fail_next(503)
    answer = desk.post(path, headers, **{"kind": "429", **fields})
    assert answer.status == 403
    assert len(desk.local.deliveries()) == 1
    assert desk.page("/inbox/faults").count("<li><b>") == 1


def test_our_own_forms_are_taken(desk):
    headers = {"Origin": desk.url, "Sec-Fetch-Site": "same-origin"}
    assert desk.post("/inbox/faults/clear", headers).status == 303


def test_reading_changes_nothing_and_a_form_has_an_end(desk):
    assert {desk.get(path).status for path in POSTS} == {200, 405}
    assert desk.ask("POST", "/inbox/clear", b"x" * 70_000).status == 413


def test_every_answer_has_its_policy(desk):
    number = desk.send(raw(mime(html="<p>x</p>")), channel="EMAIL", address="ann@example.com")
    message = f"/inbox/messages/{number}"
    pages = ["/", "/inbox/list", "/inbox/faults", "/inbox/assets/inbox.js", "/inbox/assets/none", "/inbox/absent", message]
    for path in pages:
        headers = desk.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY"
    for path in ("html", "source", "request", "answer"):
        assert "sandbox" in desk.get(f"{message}/{path}").headers["Content-Security-Policy"]
        assert "allow-" not in desk.get(f"{message}/{path}").headers["Content-Security-Policy"]
    for path in [*pages, f"{message}/source"]:
        assert desk.get(path).headers["X-Content-Type-Options"] == "nosniff"


def test_a_name_that_points_here_is_turned_away(desk):
    assert desk.get("/", Host="evil.example.com").status == 400


def test_files_are_asked_for_again_only_if_they_changed(desk):
    answer = desk.get("/inbox/assets/inbox.css")
    assert answer.headers["Content-Type"].startswith("text/css")
    assert desk.ask("GET", "/inbox/assets/inbox.css", headers={"If-None-Match": answer.headers["ETag"]}).status == 304


def test_nothing_in_a_template_is_taken_for_markup_or_comes_from_elsewhere():
    room = Path(inbox.__file__).parent
    templates = [*room.glob("templates/*.html")]
    assert len(templates) > 8
    for file in templates:
        text = file.read_text(encoding="utf-8")
        for word in ("|safe", "| safe", "autoescape", "Markup", "<style", " style=", " onclick", "javascript:", 'src="http'):
            assert word not in text, f"{file.name} has {word}"
    for file in room.glob("assets/*"):
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|[\"'(]//", text), file.name
