"""Whatever a sender writes is shown as text, and none of it runs: in every field, in a browser."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from inbox_senders import ATTACK, REFUSED, SHOWN, cases
from over_http import until

CASES = dict(cases())
_STATE = """
return [
  typeof window.ran,
  document.querySelectorAll("main script, main svg, main img:not([src^='/inbox/assets/']), [onerror], [onload]").length,
  document.documentElement.textContent,
];
"""


def looked_at(browser, url):
    """What a page has come to: its text."""
    browser.get(url)
    ran, elements, text = browser.execute_script(_STATE)
    assert (ran, elements) == ("undefined", 0), url
    return text


@pytest.mark.parametrize("name", sorted(CASES.keys() - REFUSED))
def test_nothing_that_a_sender_writes_runs(desk, browser, name):
    number = CASES[name](desk)
    assert SHOWN.strip("<>") in looked_at(browser, f"{desk.url}/inbox/messages/{number}")
    frames = browser.find_elements("css selector", "iframe.mail")
    for frame in frames:
        browser.switch_to.frame(frame)
        assert browser.execute_script("return typeof window.ran") == "undefined"
        browser.switch_to.default_content()
    assert browser.execute_script("return typeof window.ran") == "undefined"


def test_nothing_runs_in_the_list(desk, browser):
    for name in sorted(CASES.keys() - REFUSED):
        CASES[name](desk)
    for page in (1, 2, 3):
        assert SHOWN in looked_at(browser, f"{desk.url}/?page={page}")
    assert "page 3 of 3" in browser.find_element("css selector", ".pager").text


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_some_texts_are_refused_by_the_service_itself(desk, name):
    with pytest.raises(AssertionError, match="essage"):
        CASES[name](desk)
    assert desk.local.deliveries() == ()


def test_nothing_runs_in_a_list_that_is_open(desk, browser):
    browser.get(f"{desk.url}/")
    desk.send({"GCMMessage": {"Title": SHOWN, "Body": SHOWN}}, channel="GCM", address=SHOWN)
    until(lambda: browser.find_elements("css selector", ".row"))
    ran, elements, text = browser.execute_script(_STATE)
    assert (ran, elements, SHOWN in text) == ("undefined", 0, True)


def test_what_a_form_repeats_doesnt_run(desk, browser):
    for path in ("/?q=", "/?user=", "/inbox/faults?done=", "/inbox/"):
        assert looked_at(browser, f"{desk.url}{path}{quote(ATTACK)}")
    desk.local.throttle(user_ids=[ATTACK])
    assert SHOWN in looked_at(browser, f"{desk.url}/inbox/faults")
