"""Over real HTTP through boto3: signed, routed and named by it, and never sent twice by it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from stopping import stopped_by

from pinpoint_users import (
    AccessDeniedError,
    ApplicationNotFoundError,
    BadRequestError,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    CredentialsError,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    Outcome,
    PayloadTooLargeError,
    PinpointUsers,
    ReadTimeoutError,
    RegionError,
    RequestError,
    RetryPolicy,
    SendUsersMessageRequest,
    Sent,
    ServiceError,
    SMSMessage,
    ThrottledError,
    UnreadableResponseError,
)
from pinpoint_users.local import LocalPinpoint

AT_ONCE = RetryPolicy(base_delay=0.0)
MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="Your code is {{code}} → gültig"))
USERS = {"u-1": EndpointSendConfiguration(substitutions={"code": ["123456"]})}


@pytest.fixture(autouse=True)
def aws_settings(monkeypatch, tmp_path):
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture(scope="module")
def pinpoint() -> Iterator[tuple[LocalPinpoint, str]]:
    with LocalPinpoint() as local:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550101", endpoint_id="e-1")
        with local.serve() as server:
            yield local, server.url
            server.release()


@pytest.fixture
def local(pinpoint) -> Iterator[LocalPinpoint]:
    yield pinpoint[0]
    pinpoint[0].clear_faults()
    pinpoint[0].clear_deliveries()


@pytest.fixture
def url(pinpoint) -> str:
    return pinpoint[1]


def make_client(url: str, **config: Any) -> Any:
    return boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=url, config=Config(**config))


@pytest.fixture(params=["first", "later", "defaults", "legacy", "standard", "adaptive"])
def way(request) -> str:
    """A first request of our own client, a later one, and one by the caller's client with each of botocore's ways to retry."""
    return request.param


@contextmanager
def made(way: str, local: LocalPinpoint, url: str, **config: Any) -> Iterator[PinpointUsers]:
    if way in {"first", "later"}:
        settings = {"region_name": "eu-west-1", "endpoint_url": url, **config}
    else:
        retries = {} if way == "defaults" else {"retries": {"mode": way, "max_attempts": 4}}
        settings = {"client": make_client(url, **retries, **config)}
    with PinpointUsers(local.application_id, retry=AT_ONCE, **settings) as sender:
        if way == "later":
            sender.send(MESSAGE, USERS).raise_for_failures()
            local.clear_deliveries()
        yield sender


@pytest.fixture
def sender(local, url, way) -> Iterator[PinpointUsers]:
    with made(way, local, url) as sender:
        yield sender


@pytest.fixture
def hasty_sender(local, url, way) -> Iterator[PinpointUsers]:
    with made(way, local, url, read_timeout=1) as sender:
        yield sender


def test_a_message_arrives_as_it_was_written(local, url):
    session = boto3.session.Session(region_name="eu-west-1")
    with PinpointUsers(local.application_id, session=session, endpoint_url=url) as sender:
        report = sender.send(MESSAGE, USERS)
    report.raise_for_failures()
    (delivery,) = local.deliveries()
    assert (delivery.address, delivery.body) == ("+12065550101", "Your code is 123456 → gültig")
    (request_id,) = report.request_ids
    assert delivery.request_id == request_id


def test_one_request_and_its_answer(sender, local):
    answer = sender.send_users_messages(SendUsersMessageRequest(message_configuration=MESSAGE, users=USERS))
    assert answer.application_id == local.application_id
    assert answer.result is not None
    assert answer.result["u-1"]["e-1"].delivery_status == "SUCCESSFUL"


def test_throttled_endpoints_go_again(sender, local):
    local.throttle(endpoint_ids=["e-1"], times=2)
    user = sender.send(MESSAGE, USERS).users["u-1"]
    assert (user.outcome, user.attempts) == (Outcome.SUCCESSFUL, 3)
    assert len(local.deliveries()) == 1


class TestFailures:
    """Each is translated to what it is, and botocore, whatever its settings, posts once."""

    @pytest.mark.parametrize(
        ("status", "error"),
        [(500, ServiceError), (503, ServiceError)],
    )
    def test_an_error_of_the_service_is_unknown(self, sender, local, status, error):
        local.fail_next(status, accept=True)
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert user.outcome is Outcome.UNKNOWN
        assert isinstance(user.error, error)
        assert user.error.status_code == status
        assert user.error.request_id
        assert len(local.deliveries()) == 1

    @pytest.mark.parametrize(
        ("status", "error"),
        [(400, BadRequestError), (403, AccessDeniedError), (404, ApplicationNotFoundError), (405, BadRequestError)],
    )
    def test_a_refusal_stops_the_run(self, sender, local, status, error):
        local.fail_next(status)
        with stopped_by(error) as caught:
            sender.send(MESSAGE, USERS)
        assert caught.value.reason.status_code == status
        assert caught.value.reason.code.endswith("Exception")
        assert caught.value.reason.sent is Sent.NOT_SENT
        assert caught.value.report.users["u-1"].outcome is Outcome.NOT_SENT
        assert not local.deliveries()

    def test_too_large_is_not_sent(self, sender, local):
        local.fail_next(413)
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert user.outcome is Outcome.NOT_SENT
        assert isinstance(user.error, PayloadTooLargeError)

    def test_a_rate_that_is_used_up_is_waited_for(self, sender, local):
        local.fail_next(429, times=2)
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert (user.outcome, user.attempts) == (Outcome.SUCCESSFUL, 3)
        local.fail_next(429, times=9)
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert isinstance(user.error, ThrottledError)
        assert len(local.deliveries()) == 1

    @pytest.mark.parametrize("accept", [False, True])
    def test_a_dropped_connection_is_unknown(self, sender, local, accept):
        local.drop_next(accept=accept)
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert user.outcome is Outcome.UNKNOWN
        assert isinstance(user.error, ConnectionLostError)
        assert len(local.deliveries()) == accept

    def test_an_answer_that_does_not_come_is_unknown(self, hasty_sender, local):
        local.hang_next(accept=True)
        user = hasty_sender.send(MESSAGE, USERS).users["u-1"]
        assert user.outcome is Outcome.UNKNOWN
        assert isinstance(user.error, ReadTimeoutError)
        assert len(local.deliveries()) == 1

    @pytest.mark.parametrize("body", [b"", b"<html></html>", b'{"Result": {"u-1"', b"[]"])
    def test_an_answer_that_cannot_be_read_is_unknown(self, sender, local, body):
        local.answer_next(body)
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert user.outcome is Outcome.UNKNOWN
        assert isinstance(user.error, UnreadableResponseError)
        assert len(local.deliveries()) == 1

    def test_an_answer_that_is_cut_off_is_unknown(self, sender, local):
        local.truncate_next()
        user = sender.send(MESSAGE, USERS).users["u-1"]
        assert user.outcome is Outcome.UNKNOWN
        assert isinstance(user.error, RequestError)
        assert len(local.deliveries()) == 1


def test_a_proxy_is_not_asked_for_this_machines_own_server(monkeypatch, local, url):
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with PinpointUsers(local.application_id, region_name="eu-west-1", endpoint_url=url) as sender:
        sender.send(MESSAGE, USERS).raise_for_failures()


def test_no_connection_is_not_sent_and_tried_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, retry=AT_ONCE) as sender:
        user = sender.send(MESSAGE, USERS).users["u-1"]
    assert (user.outcome, user.attempts) == (Outcome.NOT_SENT, 5)
    assert isinstance(user.error, ConnectionFailedError)


class TestAClientOfTheCallers:
    def test_its_direct_calls_stay_as_they_are(self, local, url):
        client = make_client(url)
        request = {"MessageConfiguration": {"SMSMessage": {"Body": "direct"}}, "Users": {"u-1": {}}}
        with PinpointUsers(local.application_id, client=client) as sender:
            sender.send(MESSAGE, USERS).raise_for_failures()
            direct = client.send_users_messages(ApplicationId=local.application_id, SendUsersMessageRequest=request)
        result = direct["SendUsersMessageResponse"]["Result"]["u-1"]["e-1"]
        assert result["DeliveryStatus"] == "SUCCESSFUL"
        assert [delivery.body for delivery in local.deliveries()] == ["Your code is 123456 → gültig", "direct"]

    def test_it_still_retries_its_own_calls(self, local, url):
        client = make_client(url, retries={"mode": "standard", "max_attempts": 2})
        attempts = []
        client.meta.events.register("before-send.pinpoint.*", lambda **_: attempts.append(1))

        def at_once(response: Any, **_: Any) -> float | None:
            return 0.0 if response is not None and response[0].status_code == 500 else None

        client.meta.events.register_first("needs-retry.pinpoint.*", at_once)
        local.fail_next(500)
        request = {"MessageConfiguration": {"SMSMessage": {"Body": "direct"}}, "Users": {"u-1": {}}}
        with PinpointUsers(local.application_id, client=client) as sender:
            client.send_users_messages(ApplicationId=local.application_id, SendUsersMessageRequest=request)
            assert len(attempts) == 2
            sender.send(MESSAGE, USERS).raise_for_failures()
            assert len(attempts) == 3

    def test_it_is_left_open_and_without_our_handlers(self, local, url):
        client = make_client(url)
        for _ in range(2):
            with PinpointUsers(local.application_id, client=client) as sender:
                sender.send(MESSAGE, USERS).raise_for_failures()
        client.get_apps()

    def test_several_of_ours_may_share_it(self, local, url):
        client = make_client(url)
        with (
            PinpointUsers(local.application_id, client=client) as one,
            PinpointUsers(local.application_id, client=client) as two,
        ):
            one.send(MESSAGE, USERS).raise_for_failures()
            two.send(MESSAGE, USERS).raise_for_failures()
        assert len(local.deliveries()) == 2

    def test_what_answers_in_its_place_is_read(self):
        client = boto3.client("pinpoint", region_name="eu-west-1")
        result = {"u-1": {"e-1": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}
        with Stubber(client) as stubber, PinpointUsers("app", client=client) as sender:
            answer = {"SendUsersMessageResponse": {"ApplicationId": "app", "RequestId": "r-1", "Result": result}}
            stubber.add_response("send_users_messages", answer)
            report = sender.send(MESSAGE, USERS)
            stubber.add_client_error("send_users_messages", "TooManyRequestsException", http_status_code=429)
            stubber.add_response("send_users_messages", answer)
            again = sender.send(MESSAGE, USERS)
        assert report.request_ids == ("r-1",)
        assert again.users["u-1"].attempts == 2

    @pytest.mark.parametrize("code", ["ThrottlingException", "RequestThrottled", "PriorRequestNotComplete"])
    @pytest.mark.parametrize(("status", "outcome", "attempts"), [(400, Outcome.SUCCESSFUL, 2), (503, Outcome.UNKNOWN, 1)])
    def test_a_throttling_error_goes_again_only_where_its_status_says_that_nothing_was_sent(
        self, *, status, outcome, attempts, code
    ):
        client = boto3.client("pinpoint", region_name="eu-west-1")
        result = {"u-1": {"e-1": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}
        with Stubber(client) as stubber, PinpointUsers("app", client=client, retry=AT_ONCE) as sender:
            stubber.add_client_error("send_users_messages", code, http_status_code=status)
            answer = {"SendUsersMessageResponse": {"ApplicationId": "app", "Result": result}}
            stubber.add_response("send_users_messages", answer)
            user = sender.send(MESSAGE, USERS).users["u-1"]
        assert (user.outcome, user.attempts) == (outcome, attempts)


class TestSettings:
    def test_no_region(self):
        with pytest.raises(
            RegionError, match="no Region is set: give region_name, or set AWS_DEFAULT_REGION; it is offered in ap-"
        ):
            PinpointUsers("app")
        with pytest.raises(RegionError, match="Give region_name"):
            PinpointUsers("app", endpoint_url="http://127.0.0.1:1")

    def test_a_region_without_the_service(self):
        with pytest.raises(RegionError, match="isn't offered in 'eu-north-1'"):
            PinpointUsers("app", region_name="eu-north-1")

    def test_the_regions_of_both_partitions(self):
        for region in ("eu-west-1", "us-gov-west-1"):
            PinpointUsers("app", region_name=region).close()

    def test_no_profile(self):
        with pytest.raises(CredentialsError, match="check profile_name"):
            PinpointUsers("app", profile_name="nobody")

    def test_a_program_for_credentials_that_is_not_there(self, monkeypatch, tmp_path):
        (tmp_path / "config").write_text("[profile somebody]\ncredential_process = /nonexistent/program\n")
        monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
        with pytest.raises(ConfigurationError, match="'/nonexistent/program': check boto3's settings"):
            PinpointUsers("app", region_name="eu-west-1", profile_name="somebody")

    def test_a_profile(self, tmp_path, local, url):
        (tmp_path / "config").write_text("[profile somebody]\nregion = eu-west-1\n")
        with (
            PinpointUsers(local.application_id, profile_name="somebody", endpoint_url=url) as sender,
            stopped_by(CredentialsError),
        ):
            sender.send(MESSAGE, USERS)
        (tmp_path / "credentials").write_text("[somebody]\naws_access_key_id = a\naws_secret_access_key = b\n")
        with PinpointUsers(local.application_id, profile_name="somebody", endpoint_url=url) as sender:
            sender.send(MESSAGE, USERS).raise_for_failures()

    def test_no_credentials(self, monkeypatch, url):
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        with (
            PinpointUsers("app", region_name="eu-west-1", endpoint_url=url) as sender,
            stopped_by(CredentialsError) as caught,
        ):
            sender.send(MESSAGE, USERS)
        assert caught.value.reason.sent is Sent.NOT_SENT
        assert caught.value.reason.__cause__ is not None
        assert caught.value.report.users["u-1"].outcome is Outcome.NOT_SENT

    def test_what_fails_before_the_request_is_out_is_not_sent(self, local, url):
        client = make_client(url)

        def refuse(**_: Any) -> None:
            raise ValueError("no signature today")

        client.meta.events.register("before-sign.pinpoint.*", refuse)
        with (
            PinpointUsers(local.application_id, client=client) as sender,
            stopped_by(ConfigurationError, match="no signature today"),
        ):
            sender.send(MESSAGE, USERS)
        assert not local.deliveries()
