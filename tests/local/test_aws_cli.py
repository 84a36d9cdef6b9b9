"""The AWS CLI as a client."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("awscli") is None, reason="the AWS CLI (awscli) isn't installed")


@pytest.fixture
def aws(environment):
    """Runs `aws SERVICE …` against the server."""

    def run(*arguments, service="pinpoint"):
        command = [sys.executable, "-m", "awscli", service, *arguments, "--output", "json"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_send_users_messages(aws, remote):
    request = {"MessageConfiguration": {"SMSMessage": {"Body": "Hi"}}, "Users": {"u": {}, "nobody": {}}}
    done = aws(
        "send-users-messages",
        "--application-id",
        remote.application_id,
        "--send-users-message-request",
        json.dumps(request),
    )
    assert done.returncode == 0, done.stderr
    response = json.loads(done.stdout)["SendUsersMessageResponse"]
    assert response["Result"]["u"]["e"]["DeliveryStatus"] == "SUCCESSFUL"
    assert response["Result"]["nobody"][""]["StatusMessage"] == "No endpoints found for userId."
    assert [delivery.body for delivery in remote.deliveries()] == ["Hi"]


def test_an_error_has_its_name(aws, remote):
    done = aws("get-app", "--application-id", "other")
    assert done.returncode != 0
    assert "NotFoundException" in done.stderr


def test_an_email(aws, remote):
    content = {"Simple": {"Subject": {"Data": "Hello"}, "Body": {"Text": {"Data": "Hi"}}}}
    done = aws(
        "send-email", "--from-email-address", "us@example.com", "--destination", "ToAddresses=ann@example.com",
        "--content", json.dumps(content), service="sesv2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (delivery,) = remote.deliveries()
    assert (delivery.address, delivery.title, delivery.body) == ("ann@example.com", "Hello", "Hi")
    assert json.loads(done.stdout) == {"MessageId": delivery.message_id}


def test_emails_to_many_and_the_account(aws, remote):
    template = {"Template": {"TemplateContent": {"Subject": "Hi", "Text": "Hi"}, "TemplateData": "{}"}}
    entries = [{"Destination": {"ToAddresses": [address]}} for address in ("ann@example.com", "bob@example.com")]
    remote.reject("ACCOUNT_THROTTLED", addresses=["ann@example.com"])
    done = aws(
        "send-bulk-email", "--from-email-address", "us@example.com", "--default-content", json.dumps(template),
        "--bulk-email-entries", json.dumps(entries), service="sesv2",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["BulkEmailEntryResults"]
    assert [result["Status"] for result in results] == ["ACCOUNT_THROTTLED", "SUCCESS"]
    account = json.loads(aws("get-account", service="sesv2").stdout)
    assert account["SendQuota"]["SentLast24Hours"] == 1.0


def test_a_text_and_a_call(aws, remote):
    to = ["--destination-phone-number", "+12065550100", "--message-body", "Hi"]
    for command in ("send-text-message", "send-voice-message"):
        done = aws(command, *to, "--origination-identity", "+12065550199", service="pinpoint-sms-voice-v2")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["MessageId"] == remote.deliveries()[-1].message_id
    remote.reject("DESTINATION_PHONE_NUMBER_OPTED_OUT", addresses=["+12065550100"])
    done = aws("send-text-message", *to, service="pinpoint-sms-voice-v2")
    assert done.returncode != 0
    assert "ConflictException" in done.stderr
    assert "DESTINATION_PHONE_NUMBER_OPTED_OUT" in done.stderr
    assert [delivery.channel_type for delivery in remote.deliveries()] == ["SMS", "VOICE"]
