"""Which way a run goes out, as the options say."""

from __future__ import annotations

import json
import warnings

import pytest

EVERYTHING = """[sms_message]
body = "Hello"
message_type = "TRANSACTIONAL"
[voice_message]
body = "Hello"
[email_message.simple_email.subject]
data = "Hello"
[email_message.simple_email.text_part]
data = "Hello"
[gcm_message]
title = "Hello"
body = "Hello"
"""


@pytest.fixture
def sends_all(command, folder):
    (folder / "all.toml").write_text(EVERYTHING, encoding="utf-8")

    def run(*arguments):
        return command("send", "--local", "--message", "all.toml", "--users", "users.csv", "--yes", "--json", *arguments)

    return run


def arrived(done):
    assert done.code == 0, done.err
    return {channel for channel, outcomes in json.loads(done.out)["channels"].items() if outcomes == {"SUCCESSFUL": 3}}


def test_an_embedded_service_has_an_address_on_each_channel_of_the_message(sends_all):
    assert arrived(sends_all()) == {"SMS", "VOICE", "EMAIL", "PUSH"}


def test_some_channels_only(sends_all):
    assert arrived(sends_all("--channels", "sms, email")) == {"SMS", "EMAIL"}


def test_senders_of_each_way_out(sends_all):
    sender = ("--origination-identity", "+12065550199", "--from-email-address", "shop@example.com", "--configuration-set", "c")
    assert arrived(sends_all(*sender)) == {"SMS", "VOICE", "EMAIL", "PUSH"}


@pytest.mark.parametrize("channel", ["sms", "voice"])
def test_a_sender_of_texts_or_calls_alone(sends_all, channel):
    assert arrived(sends_all("--origination-identity", "+12065550199", "--channels", channel)) == {channel.upper()}


APNS = """[apns_message]
title = "Hello"
body = "there"
"""


@pytest.fixture
def plans(command, folder):
    """The plan of a push to a user with a token on each of APNs' channels."""
    channels = ("APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX")
    endpoints = [
        {"Id": channel, "ChannelType": channel, "Address": f"{channel}-token", "User": {"UserId": "u-1"}}
        for channel in channels
    ]
    (folder / "export").write_text("\n".join(map(json.dumps, endpoints)), encoding="utf-8")
    (folder / "push.toml").write_text(APNS, encoding="utf-8")
    assert command("endpoints", "import", "--directory", "users.db", "export").code == 0

    def run(*arguments):
        how = ("--message", "push.toml", "--user", "u-1", "--directory", "users.db")
        return command("send", "--local", *how, "--dry-run", *arguments)

    return run


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ((), "4 endpoints"),
        (("--channels", "push"), "4 endpoints"),
        (("--channels", "apns-sandbox,apns-voip"), "2 endpoints"),
        (("--first-of", "apns-voip-sandbox,apns"), "1 endpoint"),
    ],
)
def test_all_channels_of_apns_count(plans, arguments, count):
    done = plans(*arguments)
    assert (done.code, "without an endpoint" in done.err) == (0, False)
    assert f"1 request by SendMessages, to {count}\n" in done.err


def test_one_channel_of_apns_alone_is_sent_to(plans, command):
    assert "APNS_VOIP" in plans("--channels", "apns-voip").err
    how = ("--local", "--message", "push.toml", "--user", "u-1", "--channels", "apns-voip")
    done = command("send", *how, "--directory", "users.db")
    assert done.code == 0
    assert "arrived at the embedded service: 1 APNS_VOIP\n" in done.out
    assert "arrived at the embedded service: 1 APNS_VOIP\n" in command("send", *how).out


def test_the_message_is_shown_by_pinpoints_look_up_whichever_of_apns_is_chosen(sends, folder):
    (folder / "message.toml").write_text(APNS, encoding="utf-8")
    done = sends("--channels", "apns-voip", "--dry-run")
    assert done.code == 0
    assert "Hello" in done.err


def test_what_a_way_out_leaves_out_is_told_once_and_before_the_question(command, folder):
    text = EVERYTHING.replace("[", "[message_configuration.") + "[context]\n'a b' = 'c'\n"
    (folder / "all.toml").write_text(text, encoding="utf-8")
    for more in ("--dry-run", "--yes"):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            done = command("send", "--local", "--message", "all.toml", "--users", "users.csv", more)
        assert done.code == 0, done.err
        assert done.err.count("is left out of the tags of e-mails") == 1
        assert done.err.index("is left out of the tags of e-mails") < done.err.index("request")


def test_what_a_way_out_refuses_is_told_by_a_dry_run_too(command, folder, aws):
    (folder / "all.toml").write_text(EVERYTHING, encoding="utf-8")
    (folder / "export").write_text(
        json.dumps({"Id": "e-1", "ChannelType": "EMAIL", "Address": "ann@example.com", "User": {"UserId": "u-1"}}),
        encoding="utf-8",
    )
    assert command("endpoints", "import", "--directory", "users.db", "export").code == 0
    how = ("--application-id", "app-1", "--endpoint-url", aws.url, "--message", "all.toml", "--directory", "users.db")
    done = command("send", *how, "--user", "u-1", "--dry-run")
    assert done.code == 2
    assert "--from-email-address" in done.err
    assert "request by" not in done.err
