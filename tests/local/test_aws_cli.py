"""The AWS CLI as a client."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(importlib.util.find_spec("awscli") is None, reason="the AWS CLI (awscli) isn't installed")


@pytest.fixture
def aws(served, tmp_path):
    """Runs `aws pinpoint …` against the server, with made-up credentials and none of the machine's settings."""

    def run(*arguments):
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": str(tmp_path / "config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "NO_PROXY": "127.0.0.1",
        }
        command = [sys.executable, "-m", "awscli", "pinpoint", *arguments, "--endpoint-url", served[1].url, "--output", "json"]
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
