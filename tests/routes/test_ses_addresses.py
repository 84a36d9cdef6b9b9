"""Addresses as SES takes them: a bad one costs its own endpoint, and is never turned into another one's."""

from __future__ import annotations

import sys
import warnings
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ses_way import SENDER, bodies, message_of, route_of, target_of

from pinpoint_users import DeliveryStatus, MessageWarning, ValidationError
from pinpoint_users.routes import SES


def sent_to(address):
    """The address that a request goes to."""
    route, target = route_of(), target_of(address)
    assert route.refusal(target) is None
    ((_, body),) = bodies(route, [target])
    ((sent,),) = [entry["Destination"]["ToAddresses"] for entry in body["BulkEmailEntries"]]
    return sent


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com",
        "first.last+tag@mail.example.co.uk",
        "o'hara_{x}|y~!#$%&*/=?^`@example.com",
        '"two words"@example.com',
        '"a..b"@example.ne.jp',
        r'"quote\"d"@example.com',
        "a@xn--fa-hia.de",
        "x" * 64 + "@example.com",
        "a@" + "b" * 63 + ".com",
        "A@EXAMPLE.COM",
    ],
)
def test_a_good_address_goes_as_it_is(address):
    assert sent_to(address) == address


@pytest.mark.parametrize(
    ("address", "sent"),
    [
        ("a@faß.de", "a@xn--fa-hia.de"),  # IDNA 2003 makes fass.de of it, which is somebody else's
        ("a@Bücher.example", "a@xn--bcher-kva.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_a_domain_outside_of_ascii_goes_by_idna_2008(address, sent):
    assert sent_to(address) == sent


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "it has no @"),
        ("nobody", "it has no @"),
        ("@example.com", "nothing is before the @"),
        ("jörg@example.com", "a character outside of ASCII before the @"),
        ("ann\u200b@example.com", "has U+200B, which isn't seen, before the @"),
        ("\u202aann@example.com", "has U+202A, which isn't seen, before the @"),
        ("Ann <a@example.com", "its < and > don't match"),
        (".a@example.com", "before the @"),
        ("a.@example.com", "before the @"),
        ("a..b@example.com", "before the @"),
        ("a b@example.com", "before the @"),
        (" a@example.com", "blanks or line breaks at its ends"),
        ("a@example.com\t", "blanks or line breaks at its ends"),
        ("a@b@example.com", "a second @"),
        ('"a"@b@example.com', "a second @"),
        ("Ann <a@example.com>", "a display name"),
        ('"Ann" <a@example.com>', "a display name"),
        ("<a@example.com>", "angle brackets"),
        ("a@example.com, b@example.com", "several addresses"),
        ("a@example.com;b@example.com", "several addresses"),
        ("a\r\nBcc: b@example.com", "before the @"),
        ("a\x00@example.com", "before the @"),
        ("x" * 65 + "@example.com", "before the @"),
        ("a@", "nothing is after the @"),
        ("a@example", "after the @"),
        ("a@example.com.", "after the @"),
        ("a@example.com\n", "line breaks at its ends"),
        ("a@-example.com", "after the @"),
        ("a@exam_ple.com", "after the @"),
        ("a@example..com", "after the @"),
        ("a@[192.0.2.1]", "after the @"),
        ("a@192.0.2.1", "after the @"),
        ("a@" + "b" * 64 + ".com", "after the @"),
        ("a@" + ".".join(["b" * 60] * 5), "longer than 254 characters"),
        ("a@☃☃.☃☃ ☃", "IDNA 2008 doesn't allow"),
        ("a@ü_b.example", "IDNA 2008 doesn't allow"),
    ],
)
def test_a_bad_address_is_refused_by_itself(address, problem):
    route, good = route_of(), target_of("good@example.com")
    refusal = route.refusal(target_of(address, endpoint_id="e"))
    assert refusal is not None
    assert (refusal.address, refusal.delivery_status, refusal.status_code) == (address, DeliveryStatus.PERMANENT_FAILURE, 400)
    assert problem in refusal.status_message
    assert route.refusal(good) is None


def test_a_domain_outside_of_ascii_without_the_extra_is_told_its_name(monkeypatch):
    monkeypatch.setitem(sys.modules, "idna", None)
    refusal = route_of().refusal(target_of("a@bücher.example"))
    assert "the extra `email`" in refusal.status_message
    with pytest.raises(ValidationError, match="the extra `email`"):
        SES(from_email_address="a@bücher.example")
    assert route_of().refusal(target_of("a@example.com")) is None


@pytest.mark.parametrize(
    ("given_as", "sent"),
    [
        ("a@example.com", "a@example.com"),
        ("<a@example.com>", "a@example.com"),
        ("Ann Lee <a@example.com>", "Ann Lee <a@example.com>"),
        ("  Ann Lee   <a@example.com> ", "Ann Lee <a@example.com>"),
        ('"Ann Lee" <a@example.com>', "Ann Lee <a@example.com>"),
        ("Acme, Inc. <a@example.com>", '"Acme, Inc." <a@example.com>'),
        (r'"Ann \"Quick\" Lee" <a@example.com>', r'"Ann \"Quick\" Lee" <a@example.com>'),
        ("=?utf-8?q?J=C3=B6rg?= <a@example.com>", "=?utf-8?q?J=C3=B6rg?= <a@example.com>"),
        ('Ann "Quick" Lee <a@example.com>', r'"Ann \"Quick\" Lee" <a@example.com>'),
        ('Ann 6" Lee <a@example.com>', r'"Ann 6\" Lee" <a@example.com>'),
        ('"Ann <3" <a@example.com>', '"Ann <3" <a@example.com>'),
        ("Jörg <a@faß.de>", "=?utf-8?b?SsO2cmc=?= <a@xn--fa-hia.de>"),
    ],
)
def test_a_sender_may_have_a_name(given_as, sent):
    assert SES(from_email_address=given_as).from_email_address == sent


@pytest.mark.parametrize(("name", "is_long"), [("x" * 304, False), ("x" * 305, True), ("é" * 80, False), ("é" * 121, True)])
@pytest.mark.parametrize("member", ["from_address", "reply_to_addresses", "feedback_forwarding_address"])
def test_a_sender_with_a_name_that_ses_was_seen_to_refuse_is_warned_of(*, name, is_long, member):
    value = f"{name} <a@example.com>"
    given_as = {member: [value] if member == "reply_to_addresses" else value}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        route_of(message_of(**given_as))
    assert [str(each.message).partition(" ")[2][:3] for each in caught] == ["has"] * is_long
    assert all(each.category is MessageWarning for each in caught)


@pytest.mark.parametrize("settings", [SES(from_email_address="{{shop}} <a@example.com>"), SENDER])
def test_a_variable_in_an_address_that_is_the_same_for_all_is_warned_of(settings):
    message = message_of(reply_to_addresses=["a@example.com", "a+{{id}}@example.com"] if settings is SENDER else None)
    member = "ReplyToAddresses" if settings is SENDER else "FromEmailAddress"
    with pytest.warns(MessageWarning, match=f"^{member}: has {{{{, and variables aren't filled there"):
        route_of(message, settings)


@given(
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters='"<>\\'), min_size=1, max_size=300), st.just("é")
)
def test_a_name_outside_of_ascii_is_read_back_from_encoded_words_of_at_most_75_characters(name, end):
    name += end
    sent = SES(from_email_address=f"{name} <a@example.com>").from_email_address
    phrase = sent.removesuffix(" <a@example.com>")
    assert str(make_header(decode_header(phrase))) == name
    assert max(map(len, phrase.split(" "))) <= 75
    assert phrase.isascii()
    assert phrase.isprintable()
