"""Which way a run goes out, as the options say."""

from __future__ import annotations

import json

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
