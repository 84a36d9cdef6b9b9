"""What is written by forms, who may write, and what protects the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from inbox_mails import mime, raw

import pinpoint_users.local._inbox as inbox

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
    thread.join(60)
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
