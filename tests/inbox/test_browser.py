"""The inbox in a browser: a list that follows, the keyboard, the mouse, a phone's width, no scripts, nothing from elsewhere."""

from __future__ import annotations

import base64
import re
from email.message import EmailMessage as MIMEMessage

import pytest
from over_http import until


def all_of(browser, selector):
    return browser.find_elements("css selector", selector)


def one(browser, selector):
    return browser.find_element("css selector", selector)


def press(browser, key):
    """Presses a key wherever the focus is."""
    browser.switch_to.active_element.send_keys(key)


def rows(browser):
    """The rows' texts, at one moment: the list may be replaced between two."""
    return browser.execute_script("return [...document.querySelectorAll('.row')].map(row => row.innerText)")


def mail(desk, html):
    message = MIMEMessage()
    message["Subject"] = "A letter"
    message.set_content("plain words")
    message.add_alternative(html, subtype="html")
    data = base64.b64encode(message.as_bytes()).decode()
    return desk.send({"EmailMessage": {"RawEmail": {"Data": data}}}, channel="EMAIL", address="ann@example.com")


def test_an_open_list_follows_what_is_sent(desk, browser):
    browser.get(f"{desk.url}/")
    assert "Nothing has been sent yet." in one(browser, "main").text
    desk.sms("first words", user="ann")
    until(lambda: rows(browser))
    assert "first words" in rows(browser)[0]
    browser.execute_script("document.querySelector('.row').focus()")
    desk.sms("second words", user="ben")
    until(lambda: len(rows(browser)) == 2)
    assert "second words" in rows(browser)[0]
    assert "ann" in browser.switch_to.active_element.text
    assert one(browser, "#news").get_attribute("textContent") == "1 new delivery"
    assert one(browser, "#channels a[href='/?channel=SMS']").text.split() == ["SMS", "2"]


def test_search_user_and_channel(desk, browser):
    desk.sms("first words", user="ann")
    desk.sms("second words", user="ben")
    desk.send({"GCMMessage": {"Body": "third words"}}, channel="GCM")
    browser.get(f"{desk.url}/")
    one(browser, "input[name=q]").send_keys("SECOND\n")
    until(lambda: len(rows(browser)) == 1)
    assert "second words" in rows(browser)[0]
    browser.get(f"{desk.url}/")
    one(browser, "input[name=user]").send_keys("ann\n")
    until(lambda: len(rows(browser)) == 1)
    assert "first words" in rows(browser)[0]
    browser.get(f"{desk.url}/")
    one(browser, "option[value=GCM]").click()
    one(browser, ".filter button").click()
    until(lambda: len(rows(browser)) == 1)
    assert "third words" in rows(browser)[0]
    one(browser, "#channels a[href='/?channel=SMS']").click()
    until(lambda: len(rows(browser)) == 2)


def test_pages(desk, browser):
    for number in range(51):
        desk.sms(f"text {number}.")
    browser.get(f"{desk.url}/")
    assert len(rows(browser)) == 50
    one(browser, ".pager a[rel=next]").click()
    until(lambda: len(rows(browser)) == 1)
    assert "text 0." in rows(browser)[0]
    one(browser, ".pager a[rel=prev]").click()
    until(lambda: len(rows(browser)) == 50)


def test_the_keyboard_alone(desk, browser):
    for number in range(3):
        desk.sms(f"text {number}.")
    browser.get(f"{desk.url}/")
    for key, text in (("j", "text 2."), ("j", "text 1."), ("k", "text 2."), ("\ue015", "text 1.")):
        press(browser, key)
        assert text in browser.switch_to.active_element.text
    press(browser, "\n")
    until(lambda: all_of(browser, ".bubble"))
    assert one(browser, ".bubble").text == "text 1."
    press(browser, "j")
    until(lambda: one(browser, ".bubble").text == "text 0.")
    press(browser, "k")
    until(lambda: one(browser, ".bubble").text == "text 1.")
    press(browser, "u")
    until(lambda: rows(browser))
    press(browser, "/")
    assert browser.switch_to.active_element.get_attribute("name") == "q"
    press(browser, "j")
    assert one(browser, "#q").get_attribute("value") == "j"
    press(browser, "\ue00c")
    assert browser.switch_to.active_element.tag_name == "body"


def test_the_views_of_the_channels(desk, browser):
    push = {"Title": "The title", "Body": "The body", "Action": "DEEP_LINK", "Url": "shop://1"}
    sent = {
        desk.send({"APNSMessage": {**push, "Badge": 3, "MediaUrl": "m"}}, channel="APNS"): ".phone.ios .badge",
        desk.send({"GCMMessage": {**push, "ImageUrl": "i"}}, channel="GCM"): ".phone.android .picture",
        desk.sms("words"): ".bubble",
        desk.send({"VoiceMessage": {"Body": "words"}}, channel="VOICE", address="+12065550100"): ".call blockquote",
        mail(desk, "<p>rich words</p>"): "iframe.mail",
    }
    for number, selector in sent.items():
        browser.get(f"{desk.url}/inbox/messages/{number}")
        assert one(browser, selector).is_displayed()
        for panel in all_of(browser, "details"):
            panel.find_element("css selector", "summary").click()
            assert panel.get_attribute("open")
        assert "DeliveryStatus" in one(browser, "main").text
    browser.switch_to.frame(one(browser, "iframe.mail"))
    assert one(browser, "body").text == "rich words"
    browser.switch_to.default_content()


def test_a_letter_loads_nothing_from_elsewhere_unless_asked(desk, browser):
    from pinpoint_users.local import LocalPinpoint

    with LocalPinpoint() as other, other.serve() as elsewhere:
        picture = f"{elsewhere.url}/inbox/assets/icon.svg"
        number = mail(desk, f'<img src="{picture}" width="9"><div style="background: url({picture})">words</div>')
        browser.get(f"{desk.url}/inbox/messages/{number}")
        browser.switch_to.frame(one(browser, "iframe.mail"))
        until(lambda: browser.execute_script("return document.readyState") == "complete")
        assert browser.execute_script("return document.querySelector('img').naturalWidth") == 0
        assert browser.execute_script("return document.body.innerText") == "words"
        browser.switch_to.default_content()
        one(browser, ".hint a").click()
        until(lambda: "Images are loaded" in one(browser, ".hint").text)
        assert one(browser, "iframe.mail").get_attribute("src").endswith("?images=yes")


def test_faults_with_the_mouse(desk, browser):
    browser.get(f"{desk.url}/inbox/faults")
    assert not one(browser, "[name=users]").is_displayed()
    for kind in ("429", "503", "hang", "drop"):
        one(browser, f"[name=kind][value='{kind}']").click()
        one(browser, "button.main").click()
        until(lambda: len(all_of(browser, ".pending li")) == ["429", "503", "hang", "drop"].index(kind) + 1)  # noqa: B023 - called here
    one(browser, "[name=kind][value=throttle]").click()
    one(browser, "[name=users]").send_keys("ann")
    one(browser, "button.main").click()
    until(lambda: len(all_of(browser, ".pending li")) == 5)
    with pytest.raises(AssertionError, match="fault"):
        desk.sms()
    one(browser, "section form button").click()
    until(lambda: not all_of(browser, ".pending"))
    assert desk.sms() == 1


def test_forgetting_is_asked_for(desk, browser):
    desk.sms()
    browser.get(f"{desk.url}/")
    one(browser, "button.quiet").click()
    browser.switch_to.alert.dismiss()
    assert len(desk.local.deliveries()) == 1
    one(browser, "button.quiet").click()
    browser.switch_to.alert.accept()
    until(lambda: not desk.local.deliveries())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phones_width_and_both_schemes(desk, browser, scheme):
    desk.sms("words " * 200, user="u" * 120)
    number = desk.send(
        {"APNSMessage": {"Title": "t" * 400, "Body": "b" * 900, "Url": "u" * 300}}, channel="APNS", address="a" * 64
    )
    letter = mail(desk, "<p>rich words</p>")
    size = {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    paths = ("/", "/inbox/faults", *(f"/inbox/messages/{each}" for each in (1, number, letter)))
    for path in paths:
        browser.get(f"{desk.url}{path}")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 360, path
        back, ink = browser.execute_script("const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]")
        brightness = [sum(map(int, re.findall(r"\d+", colour)[:3])) for colour in (back, ink)]
        assert (brightness[0] > brightness[1]) == (scheme == "light")
        assert abs(brightness[0] - brightness[1]) > 450


def test_every_control_has_a_name_and_every_page_one_heading(desk, browser):
    numbers = [desk.sms(), mail(desk, "<p>x</p>"), desk.send({"GCMMessage": {"Body": "b", "ImageUrl": "i"}}, channel="GCM")]
    for path in ("/", "/inbox/faults", *(f"/inbox/messages/{number}" for number in numbers)):
        browser.get(f"{desk.url}{path}")
        assert len(all_of(browser, "h1")) == 1
        assert one(browser, "html").get_attribute("lang") == "en"
        for control in all_of(browser, "a, button, input:not([type=hidden]), select, iframe, summary, nav, [role=img]"):
            assert control.accessible_name or not control.is_displayed(), f"{path}: {control.get_attribute('outerHTML')}"


def test_without_scripts_a_reload_shows_what_is_new(desk, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    browser.get(f"{desk.url}/")
    desk.sms("first words")
    browser.refresh()
    assert "first words" in one(browser, ".row").text
    one(browser, ".row").click()
    assert one(browser, ".bubble").text == "first words"
    browser.get(f"{desk.url}/inbox/faults")
    one(browser, "button.main").click()
    until(lambda: all_of(browser, ".pending li"))


def test_nothing_that_a_page_needs_is_refused_by_its_policy(desk, browser):
    number = mail(desk, "<p style='color: red'>words</p>")
    browser.get_log("browser")
    for path in ("/", "/inbox/faults", f"/inbox/messages/{number}"):
        browser.get(f"{desk.url}{path}")
    assert [entry["message"] for entry in browser.get_log("browser") if "Content Security Policy" in entry["message"]] == []
