"""The pages as any client gets them: the list, what is behind a message, and messages that are hardly any."""

from __future__ import annotations

import base64
import http.client
import json
import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inbox_mails import raw

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
