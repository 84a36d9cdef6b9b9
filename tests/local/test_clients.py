"""One scenario through every client: an application, a user with three endpoints, a template, a send, what came of it."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import boto3
import pytest

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    PinpointUsers,
    Template,
    TemplateConfiguration,
)

SCRIPTS = Path(__file__).parent.parent / "clients_js"
USER = "u-scenario"
ENDPOINTS = {
    f"scenario-{channel.lower()}": {"ChannelType": channel, "Address": address, "User": {"UserId": USER}}
    for channel, address in {"SMS": "+12065550177", "GCM": "token-scenario", "EMAIL": "scenario@example.com"}.items()
}
MESSAGE = {
    "DefaultPushNotificationMessage": {"Title": "Hi {{name}}", "Body": "Pushed"},
    "EmailMessage": {"SimpleEmail": {"Subject": {"Data": "Hi"}, "TextPart": {"Data": "Dear {{name}}"}}},
}
TEMPLATE = {"Body": "Hello {{name}}{{#if vip}}!{{/if}}", "DefaultSubstitutions": '{"vip": "yes"}'}
DELIVERED = {"SMS": "Hello Ann!", "GCM": "Pushed", "EMAIL": "Dear Ann"}


@pytest.fixture(autouse=True)
def _leaves_nothing(pinpoint, remote):
    """The server is shared with other tests: what a scenario made goes, as they count applications and templates."""
    yield
    for application in pinpoint.get_apps()["ApplicationsResponse"]["Item"]:
        if application["Id"] != remote.application_id:
            pinpoint.delete_app(ApplicationId=application["Id"])
    for template in pinpoint.list_templates(TemplateType="SMS", Prefix="by-")["TemplatesResponse"]["Item"]:
        pinpoint.delete_sms_template(TemplateName=template["TemplateName"])


def check(remote, application_id, results):
    assert {endpoint_id: result["DeliveryStatus"] for endpoint_id, result in results[USER].items()} == dict.fromkeys(
        ENDPOINTS, "SUCCESSFUL"
    )
    deliveries = [delivery for delivery in remote.deliveries() if delivery.application_id == application_id]
    assert {delivery.channel_type.value: delivery.body for delivery in deliveries} == DELIVERED
    assert {delivery.message_id for delivery in deliveries} == {result["MessageId"] for result in results[USER].values()}


def prepared(pinpoint, template_name):
    """The application, its endpoints and the template, by boto3."""
    application_id = pinpoint.create_app(CreateApplicationRequest={"Name": "scenario"})["ApplicationResponse"]["Id"]
    for endpoint_id, endpoint in ENDPOINTS.items():
        pinpoint.update_endpoint(ApplicationId=application_id, EndpointId=endpoint_id, EndpointRequest=endpoint)
    pinpoint.create_sms_template(TemplateName=template_name, SMSTemplateRequest=TEMPLATE)
    return application_id


def request_of(template_name):
    return {
        "MessageConfiguration": MESSAGE,
        "TemplateConfiguration": {"SMSTemplate": {"Name": template_name}},
        "Users": {USER: {"Substitutions": {"name": ["Ann"]}}},
    }


def test_this_package(pinpoint, remote, environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    application_id = prepared(pinpoint, "by-us")
    with PinpointUsers(application_id, region_name="eu-west-1") as ours:
        report = ours.send(
            DirectMessageConfiguration.from_dict(MESSAGE),
            {USER: EndpointSendConfiguration(substitutions={"name": ["Ann"]})},
            template_configuration=TemplateConfiguration(sms_template=Template(name="by-us")),
        )
    report.raise_for_failures()
    results = {
        USER: {endpoint_id: result.to_dict() for endpoint_id, result in report.users[USER].endpoints.items()},
    }
    check(remote, application_id, results)


def test_plain_boto3(remote, environment, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("pinpoint")
    application_id = prepared(client, "by-boto3")
    answer = client.send_users_messages(ApplicationId=application_id, SendUsersMessageRequest=request_of("by-boto3"))
    client.close()
    check(remote, application_id, answer["SendUsersMessageResponse"]["Result"])


@pytest.mark.skipif(importlib.util.find_spec("awscli") is None, reason="the AWS CLI (awscli) isn't installed")
def test_the_aws_cli(remote, environment):
    def aws(command, *arguments):
        line = [sys.executable, "-m", "awscli", "pinpoint", command, *arguments, "--output", "json"]
        done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    created = aws("create-app", "--create-application-request", "Name=scenario")
    application = "--application-id", created["ApplicationResponse"]["Id"]
    for endpoint_id, endpoint in ENDPOINTS.items():
        aws("update-endpoint", *application, "--endpoint-id", endpoint_id, "--endpoint-request", json.dumps(endpoint))
    aws("create-sms-template", "--template-name", "by-cli", "--sms-template-request", json.dumps(TEMPLATE))
    answer = aws("send-users-messages", *application, "--send-users-message-request", json.dumps(request_of("by-cli")))
    check(remote, application[1], answer["SendUsersMessageResponse"]["Result"])


@pytest.fixture(scope="module")
def scripts(tmp_path_factory):
    """The folder of the scripts, with what they need installed by npm."""
    is_needed = "TESTS_NEED_SERVERS" in os.environ
    npm = shutil.which("npm")
    if shutil.which("node") is None or npm is None:
        assert not is_needed, "there is no node with npm, and no test may be skipped"
        pytest.skip("node and npm aren't installed")
    folder = tmp_path_factory.mktemp("js")
    for file in SCRIPTS.glob("*.*"):
        shutil.copy(file, folder)
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        assert not is_needed, done.stderr
        pytest.skip(f"npm can't install the AWS SDK for JavaScript: {done.stderr.strip()[-200:]}")
    return folder


def test_the_aws_sdk_for_javascript(scripts, remote, environment):
    facts = {"endpoints": ENDPOINTS, "message": MESSAGE, "template": TEMPLATE, "templateName": "by-js", "userId": USER}
    done = subprocess.run(
        ["node", "scenario.mjs", json.dumps(facts)],
        cwd=scripts,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    check(remote, answer["application"], answer["result"])
