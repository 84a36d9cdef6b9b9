"""A program that sends by the service's look-up imports nothing of what others need: it would take a tenth of a second."""

from __future__ import annotations

import json
import subprocess
import sys

CLIENT = """
import json, sys
from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage
with PinpointUsers("app", region_name="eu-west-1", endpoint_url="http://127.0.0.1:9"):
    DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
print(json.dumps(sorted(sys.modules)))
"""
OF_OTHERS = {
    "pinpoint_users._rendering.mime",
    "pinpoint_users._rendering.template_store",
    "pinpoint_users._routes.ses",
    "pinpoint_users._run.directory_assembly",
    "pinpoint_users._run.tasks",
    "pinpoint_users.directory",
    "pinpoint_users.endpoints",
    "pinpoint_users.local",
    "pinpoint_users.routes",
    "asyncio",
    "boto3",
    "email.headerregistry",
    "sqlite3",
    "zoneinfo",
}


def test_a_client_without_a_directory():
    done = subprocess.run([sys.executable, "-c", CLIENT], check=True, capture_output=True, text=True)
    assert OF_OTHERS.isdisjoint(json.loads(done.stdout)), OF_OTHERS & {*json.loads(done.stdout)}
