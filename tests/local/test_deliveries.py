"""What a test asks of deliveries, and what it is told when they are others."""

from __future__ import annotations

import pickle
import threading

import pytest

from pinpoint_users import (
    ADMMessage,
    APNSMessage,
    BaiduMessage,
    DirectMessageConfiguration,
    EmailMessage,
    GCMMessage,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    VoiceMessage,
)
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import Deliveries, DeliveryAssertionError

MESSAGE = DirectMessageConfiguration(
    adm_message=ADMMessage(title="T", body="adm"),
    apns_message=APNSMessage(title="T", body="apns"),
    baidu_message=BaiduMessage(title="T", body="baidu"),
    email_message=EmailMessage(
        simple_email=SimpleEmail(
            subject=SimpleEmailPart(data="S"), text_part=SimpleEmailPart(data="text"), html_part=SimpleEmailPart(data="<p>")
        )
    ),
    gcm_message=GCMMessage(title="T", body="gcm"),
    sms_message=SMSMessage(body="sms"),
    voice_message=VoiceMessage(body="voice"),
)
ADDRESSES = {
    "ADM": "amazon",
    "APNS": "apple",
    "APNS_VOIP_SANDBOX": "voip",
    "BAIDU": "baidu-1",
    "EMAIL": "ann@example.com",
    "GCM": "google",
    "SMS": "+12065550100",
    "VOICE": "+12065550100",
}


@pytest.fixture
def deliveries(local):
    """Asks an embedded Pinpoint whose user `u-1` has got the message on every channel."""
    for channel_type, address in ADDRESSES.items():
        local.add_endpoint(user_id="u-1", channel_type=channel_type, address=address)
    with local.client() as pinpoint:
        pinpoint.send(MESSAGE, ["u-1"], context={"order": "A-7"})
    return Deliveries(local)


@pytest.fixture
def texts(local):
    """Sends a text to users, each of whom has a number."""
    with local.client() as pinpoint:

        def send(*user_ids, body="hello"):
            for user_id in user_ids:
                address = f"+120655501{int(user_id.removeprefix('u-')):02}"
                local.add_endpoint(user_id=user_id, channel_type="SMS", address=address, endpoint_id=user_id)
                pinpoint.send(DirectMessageConfiguration(sms_message=SMSMessage(body=body)), [user_id])

        yield send


def text_of(call):
    with pytest.raises(DeliveryAssertionError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("channel", "bodies"),
    [
        ("sms", {"sms"}),
        ("email", {"text"}),
        ("voice", {"voice"}),
        ("apns", {"apns"}),
        ("gcm", {"gcm"}),
        ("adm", {"adm"}),
        ("baidu", {"baidu"}),
        ("push", {"apns", "gcm", "adm", "baidu"}),
    ],
)
def test_a_channel_has_its_own(deliveries, channel, bodies):
    assert {delivery.body for delivery in getattr(deliveries.to("u-1"), channel)()} == bodies


def test_the_fields_are_those_of_the_only_one(deliveries):
    email = deliveries.to("u-1").email()
    assert (email.title, email.body, email.html, email.address) == ("S", "text", "<p>", "ann@example.com")
    assert email.context == {"order": "A-7"}
    assert email.message["SimpleEmail"]["Subject"] == {"Data": "S"}
    assert email.one() is not None
    assert email.one().endpoint_id


def test_selections_narrow_one_after_another(deliveries):
    assert [delivery.channel_type for delivery in deliveries.at("+12065550100")] == ["SMS", "VOICE"]
    assert deliveries.at("+12065550100").voice().body == "voice"
    assert not deliveries.sms().voice()
    assert not deliveries.to("u-1").to("u-2")
    assert deliveries.push().apns()[0].body == "apns"
    assert len(deliveries) == len(deliveries.all()) == len(deliveries[1:]) + 1 == len(ADDRESSES)


def test_a_selection_looks_anew_whenever_it_is_asked(local, texts):
    sms = Deliveries(local).to("u-1").sms()
    sms.assert_none()
    texts("u-1")
    assert sms.body == "hello"
    assert len(sms.exactly(1)) == 1


def test_another_body_is_shown_by_pytests_own_words(deliveries):
    assert repr(deliveries.to("u-1").sms()) == "<1 SMS to 'u-1': SMS 'sms'>"
    assert repr(deliveries.at("+12065550100")) == "<2 deliveries at '+12065550100': SMS 'sms', VOICE 'voice'>"
    assert repr(deliveries.to("u-2").push()) == "<no push notifications to 'u-2'>"


def test_one_too_many_is_shown_among_the_others(local, texts):
    texts("u-2", "u-1", "u-1")
    assert text_of(lambda: Deliveries(local).to("u-1").sms().body).splitlines() == [
        "expected 1 SMS to 'u-1', and there are 2. What came:",
        "   channel  user   address         title  body",
        ">  SMS      'u-1'  '+12065550101'  -      'hello'",
        ">  SMS      'u-1'  '+12065550101'  -      'hello'",
        "   SMS      'u-2'  '+12065550102'  -      'hello'",
    ]


def test_none_where_one_was_expected(local, texts):
    texts("u-2", body="one\nand " + "x" * 90)
    assert text_of(lambda: Deliveries(local).to("u-1").push().apns().title).splitlines() == [
        "expected 1 push notification by APNs to 'u-1', and there are none. What came:",
        "   channel  user   address         title  body",
        "   SMS      'u-2'  '+12065550102'  -      'one\\nand " + "x" * 49 + "…",
    ]


def test_one_where_none_was_expected(local, texts):
    texts("u-1")
    text = text_of(Deliveries(local).to("u-1").assert_none)
    assert text.startswith("expected no deliveries to 'u-1', and there is 1. What came:\n")
    assert text_of(lambda: Deliveries(local).push().exactly(3)).startswith("expected 3 push notifications, and there are none.")
    assert text_of(lambda: Deliveries(local).push().apns().exactly(2)).startswith("expected 2 push notifications by APNs, ")


def test_nothing_at_all_tells_how_the_sends_were_answered(local, texts):
    deliveries = Deliveries(local)
    assert text_of(lambda: deliveries.email().body) == "expected 1 e-mail, but nothing came at all; no send was asked for"
    local.fail_next(500)
    local.drop_next()
    texts("u-1", "u-2")
    assert text_of(lambda: deliveries.sms().body) == (
        "expected 1 SMS, but nothing came at all; sends were answered: 1 without an answer, 1 by HTTP 500"
    )


def test_who_is_sent_to_by_address_has_no_user(local):
    with local.client(directory={"u-1": [Endpoint(channel_type="SMS", address="+12065550101")]}) as pinpoint:
        pinpoint.send(DirectMessageConfiguration(sms_message=SMSMessage(body="sms")), ["u-1"])
    deliveries = Deliveries(local)
    assert deliveries.at("+12065550101").body == "sms"
    hint = "What is sent to an address has no user: ask by .at(address)"
    assert text_of(lambda: deliveries.to("u-1").body).endswith(hint)
    assert hint not in text_of(lambda: deliveries.at("+12065550199").body)


def test_a_long_list_is_cut(local, texts):
    texts(*["u-1"] * 25)
    lines = text_of(lambda: Deliveries(local).body).splitlines()
    assert lines[-1] == "   … and 5 more"
    assert len(lines) == 23


def test_it_waits_for_what_another_thread_sends(local, texts):
    deliveries = Deliveries(local)
    asked = threading.Event()

    class Asked:
        """Lets the other thread send as soon as somebody has looked for the first time."""

        requests = local.requests

        def deliveries(self):
            found = local.deliveries()
            asked.set()
            return found

    def send():
        asked.wait(10)
        texts("u-1", "u-2")

    thread = threading.Thread(target=send)
    thread.start()
    try:
        assert len(Deliveries(Asked()).within(10).sms().exactly(2)) == 2
    finally:
        thread.join()
    assert deliveries.within(10).to("u-1").body == "hello"


def test_it_waits_no_longer_than_it_is_told(local, texts):
    deliveries = Deliveries(local)
    deliveries.within(0.02).assert_none()
    assert text_of(lambda: deliveries.within(0.02).body).startswith("expected 1 delivery within 0.02 s, but nothing came")
    assert deliveries.within(0.02).all() == ()
    texts("u-1")
    assert text_of(deliveries.within(10).assert_none).startswith("expected no deliveries within 10 s, and there is 1.")


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_a_wait_is_a_number_of_seconds(local, seconds):
    with pytest.raises(ValueError, match="isn't a wait"):
        Deliveries(local).within(seconds)


def test_the_error_has_what_came_and_survives_pickling(local, texts):
    texts("u-1")
    with pytest.raises(AssertionError) as caught:
        Deliveries(local).email().one()
    error = pickle.loads(pickle.dumps(caught.value))
    assert type(error) is DeliveryAssertionError
    assert str(error) == str(caught.value)
    assert error.deliveries == local.deliveries()
