"""Where requests go and how long they are waited for: timeouts, and no message in plain text over a network."""

from __future__ import annotations

import math

import boto3
import pytest
from botocore.config import Config

from pinpoint_users import (
    ConfigurationError,
    DirectMessageConfiguration,
    Outcome,
    PinpointUsers,
    ReadTimeoutError,
    SMSMessage,
    Transport,
    ValidationError,
)
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
REGION = "eu-west-1"
SETTINGS = ("AWS_ENDPOINT_URL_PINPOINT", "AWS_ENDPOINT_URL", "profile", "services")


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")


@pytest.fixture(params=SETTINGS)
def set_url(request, monkeypatch, tmp_path):
    """Names the service's address in each of the places where boto3 reads it."""

    def write(text):
        (tmp_path / "config").write_text(text)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    def put(url):
        if request.param == "profile":
            write(f"[default]\nendpoint_url = {url}\n")
        elif request.param == "services":
            write(f"[default]\nservices = mine\n[services mine]\npinpoint =\n  endpoint_url = {url}\n")
        else:
            monkeypatch.setenv(request.param, url)

    return put


def faults_of(**arguments):
    with pytest.raises(ValidationError) as caught:
        PinpointUsers("app", **arguments)
    return {fault.path: fault.problem for fault in caught.value.faults}


# --- timeouts


def given_up_after(pinpoint):
    """Seconds after which a run gives a request up."""
    return pinpoint._transport.timeout


def test_the_timeouts_bound_the_whole_answer():
    with PinpointUsers("app", region_name=REGION) as pinpoint:
        assert given_up_after(pinpoint) == 35.0
    with PinpointUsers("app", region_name=REGION, connect_timeout=0.5, read_timeout=7) as pinpoint:
        assert given_up_after(pinpoint) == 7.5


def test_a_client_of_the_callers_has_timeouts_of_its_own():
    for config, seconds in [(Config(connect_timeout=1, read_timeout=2), 3), (Config(read_timeout=None), None)]:
        client = boto3.client("pinpoint", region_name=REGION, config=config)
        with PinpointUsers("app", client=client) as pinpoint:
            assert given_up_after(pinpoint) == seconds


def test_a_transport_waits_for_as_long_as_it_likes():
    assert Transport.timeout is None


def test_an_answer_is_waited_for_as_long_as_was_said():
    with LocalPinpoint() as local, local.serve() as server:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        local.hang_next()
        arguments = {"region_name": REGION, "endpoint_url": server.url, "read_timeout": 0.2}
        with PinpointUsers(local.application_id, **arguments) as pinpoint:
            user = pinpoint.send(MESSAGE, ["u-1"]).users["u-1"]
        assert isinstance(user.error, ReadTimeoutError)
        assert user.outcome is Outcome.UNKNOWN


def test_timeouts_are_seconds():
    for seconds in (0, -1.5, math.inf, math.nan, 86_401, 10**5000):
        problem = "must be more than 0 and at most 86,400 seconds"
        assert faults_of(connect_timeout=seconds, read_timeout=seconds) == {"connect_timeout": problem, "read_timeout": problem}
    assert faults_of(connect_timeout="5", read_timeout=True, concurrency=0) == {
        "connect_timeout": "must be a number of seconds, not str",
        "read_timeout": "must be a number of seconds, not bool",
        "concurrency": "must be an int from 1 to 256",
    }


@pytest.mark.parametrize("name", ["connect_timeout", "read_timeout", "allow_plain_http"])
def test_a_client_or_transport_of_the_callers_takes_no_settings(name):
    client = boto3.client("pinpoint", region_name=REGION)
    assert faults_of(client=client, **{name: True if name == "allow_plain_http" else 1}).keys() == {"client"}
    with LocalPinpoint() as local:
        faults = faults_of(transport=local.transport, **{name: True if name == "allow_plain_http" else 1})
    assert faults.keys() == {"transport"}


# --- the service's address

PLAIN = (
    "would send messages to {} in plain text, which anybody on the way can read: "
    "write https://, or allow_plain_http=True where that will do"
)
NO_HOST = "must have a scheme and a host, such as https://pinpoint.eu-west-1.amazonaws.com"
NO_URL = "isn't a URL with a valid host and port"
USER = "has a user name or a password before {}: leave it out, AWS credentials sign the requests"
WRONG = {
    "http://pinpoint.example": PLAIN.format("pinpoint.example"),
    "HTTP://Pinpoint.Example:4566/x": PLAIN.format("pinpoint.example"),
    "http://10.0.0.7": PLAIN.format("10.0.0.7"),
    "http://128.0.0.1": PLAIN.format("128.0.0.1"),
    "http://[2001:db8::1]": PLAIN.format("2001:db8::1"),
    "http://localhost.example": PLAIN.format("localhost.example"),
    "http://0.0.0.0:4566": PLAIN.format("0.0.0.0"),
    "ftp://localhost": NO_HOST,
    "localhost:4566": NO_HOST,
    "//localhost": NO_HOST,
    "https:///v1": NO_HOST,
    "": NO_HOST,
    "https://localhost:99999": NO_URL,
    "https://name:hidden": NO_URL,
    "https://[::1": NO_URL,
    "https://name:hidden@ho\u2100st": NO_URL,
    "https://name:hidden@pinpoint.example": USER.format("pinpoint.example"),
    "http://hidden@127.0.0.1": USER.format("127.0.0.1"),
}


@pytest.mark.parametrize("url", WRONG)
def test_an_address_that_cannot_be_used_is_refused(url):
    assert faults_of(endpoint_url=url, region_name=REGION) == {"endpoint_url": WRONG[url]}


def refused_with(**arguments):
    """The error, and all that a traceback would show of it but our own lines."""
    with pytest.raises(ConfigurationError) as caught:
        PinpointUsers("app", region_name=REGION, **arguments)
    error = caught.value
    assert "hidden" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)
    return str(error)


@pytest.mark.parametrize("url", ["http://pinpoint.example", "https://name:hidden@pinpoint.example"])
def test_an_address_that_boto3_finds_is_refused_too(set_url, url):
    set_url(url)
    found_in = "AWS_ENDPOINT_URL_PINPOINT, AWS_ENDPOINT_URL or the AWS profile"
    assert refused_with() == f"the endpoint URL in {found_in} {WRONG[url]}"


@pytest.mark.parametrize(
    "url", ["ftp://localhost", "localhost:4566", "https://name:hidden", "https://[::1", "https://n:hidden@ho\u2100st"]
)
def test_no_address_that_boto3_finds_is_shown(monkeypatch, url):
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    assert "AWS_ENDPOINT_URL" in refused_with()


def test_a_host_that_boto3_refuses_is_named_without_the_address():
    assert "has an invalid host" in refused_with(endpoint_url="https://a_host:1/hidden")


@pytest.mark.parametrize("setting", ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE"])
def test_other_settings_of_boto3s_that_cannot_be_used(monkeypatch, setting):
    monkeypatch.setenv(setting, "many")
    with pytest.raises(ConfigurationError, match=r"many.*: check boto3's settings") as caught:
        PinpointUsers("app", region_name=REGION)
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize(
    "url",
    ["https://pinpoint.example", "http://localhost:1", "http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]:1"],
)
def test_an_address_that_encrypts_or_is_this_machines_own_will_do(monkeypatch, url):
    PinpointUsers("app", region_name=REGION, endpoint_url=url).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    PinpointUsers("app", region_name=REGION).close()


def test_plain_http_where_it_is_allowed(monkeypatch):
    url = "http://pinpoint.example"
    PinpointUsers("app", region_name=REGION, endpoint_url=url, allow_plain_http=True).close()
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    PinpointUsers("app", region_name=REGION, allow_plain_http=True).close()
    assert faults_of(endpoint_url="http://localhost", allow_plain_http="yes") == {
        "allow_plain_http": "must be True or False, not str"
    }


def test_a_client_of_the_callers_goes_where_the_caller_says():
    client = boto3.client("pinpoint", region_name=REGION, endpoint_url="http://pinpoint.example")
    PinpointUsers("app", client=client).close()


def test_sessions_clients_and_transports_are_what_they_are_called():
    assert faults_of(session="mine") == {"session": "must be a boto3 session, not str: for a profile, write profile_name="}
    other = boto3.client("sns", region_name=REGION)
    assert faults_of(client=other) == {"client": 'must be a boto3 client for pinpoint, not SNS: write boto3.client("pinpoint")'}
    assert faults_of(transport=other) == {"transport": "must be a Transport, not SNS"}


def test_an_address_is_a_string():
    assert faults_of(endpoint_url=b"http://localhost") == {"endpoint_url": "must be a string, not bytes"}


def test_no_proxy_is_asked_for_this_machines_own_server_where_boto3_finds_it(monkeypatch):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with LocalPinpoint() as local, local.serve() as server:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        with PinpointUsers(local.application_id, region_name=REGION) as pinpoint:
            pinpoint.send(MESSAGE, ["u-1"]).raise_for_failures()
