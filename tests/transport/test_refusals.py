"""What a refusal says is what its reader can mend: credentials, the clock, the proxy, the address, the application's ID."""

from __future__ import annotations

import json
import re

import pytest
from over_http import until
from peer import Peer, answer, say

from pinpoint_users import (
    AccessDeniedError,
    ApplicationNotFoundError,
    BadRequestError,
    ConfigurationError,
    EndpointSendConfiguration,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunStoppedError,
    SendUsersMessageRequest,
    Sent,
    ValidationError,
)
from pinpoint_users._transport.base import answer_error

EXPIRED, CLOCK, KEYS = "have expired: renew them", "check this machine's clock", "the secret key that belongs to it"
HTML = b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n"


def refused(message, said):
    """The error of the first request, and of the second, which goes by the fast path."""
    with Peer(at="request", act=say(said)) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url) as pinpoint:
            errors = []
            for _ in range(2):
                peer.is_failing = True
                with pytest.raises(ConfigurationError) as caught:
                    pinpoint.send_users_messages(
                        SendUsersMessageRequest(message_configuration=message, users={"u": EndpointSendConfiguration()})
                    )
                errors.append(caught.value)
                until(lambda: peer.ended == len(peer.connections))  # it closes after its answer
                peer.is_failing = False
                pinpoint.send(message, ["u"]).raise_for_failures()
            assert str(errors[0]) == str(errors[1])
            return errors[0]


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden"])
@pytest.mark.parametrize(
    ("code", "text", "remedy"),
    [
        ("ExpiredTokenException", "The security token included in the request is expired", EXPIRED),
        ("ExpiredToken", "The provided token has expired.", EXPIRED),
        ("RequestExpired", "Request has expired", CLOCK),
        ("RequestTimeTooSkewed", "The difference is too large", CLOCK),
        ("InvalidSignatureException", "Signature expired: 20200101T000000Z is now earlier than 20200101T000500Z", CLOCK),
        ("InvalidSignatureException", "Signature not yet current: 20300101T000000Z is still later", CLOCK),
        ("InvalidSignatureException", "The request signature we calculated does not match", KEYS),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", KEYS),
        ("UnrecognizedClientException", "The security token included in the request is invalid.", KEYS),
    ],
)
def test_credentials_and_clocks(message, status, code, text, remedy):
    said = answer(
        f'{{"message":"{text}"}}'.encode(), status=status, headers=f"x-amzn-ErrorType: {code}:http://internal.amazon.com/x\r\n"
    )
    error = refused(message, said)
    assert type(error) is AccessDeniedError
    assert (error.status_code, error.code, error.sent) == (int(status[:3]), code, Sent.NOT_SENT)
    assert remedy in str(error)
    assert text in str(error)


def test_credentials_that_run_out_stop_a_run(message):
    said = answer(b'{"message":"expired"}', status="400 Bad Request", headers="x-amzn-ErrorType: ExpiredTokenException\r\n")
    with Peer(at="request", act=say(said), is_failing=True) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        made = {"region_name": "eu-west-1", "endpoint_url": url}
        with PinpointUsers("app", **made) as pinpoint, pytest.raises(RunStoppedError) as caught:
            pinpoint.send(message, ["u"])
    assert type(caught.value.reason) is AccessDeniedError
    assert caught.value.report.users["u"].outcome is Outcome.NOT_SENT


def test_another_400_is_about_the_request(message):
    said = answer(b'{"message":"no"}', status="400 Bad Request", headers="x-amzn-ErrorType: BadRequestException\r\n")
    assert type(refused(message, said)) is BadRequestError


def test_an_expired_signature_that_the_service_had_trouble_with_is_the_services():
    assert answer_error("SendUsersMessages", 500, code="ExpiredTokenException").sent is Sent.PERHAPS_SENT


def test_a_missing_permission_still_names_the_action():
    error = answer_error("SendMessages", 403, code="AccessDeniedException", message="not authorized")
    assert type(error) is AccessDeniedError
    assert "mobiletargeting:SendMessages" in str(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses_is_told_as_the_proxy(monkeypatch, message, scheme):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said = answer(b"<html>blocked</html>", status="403 Forbidden")
    kind, moment = ("proxy", "request") if scheme == "http" else ("tunnel", "connect")
    with Peer(kind, at=moment, act=say(said), is_failing=True) as proxy:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{proxy.port}")
        made = {"region_name": "eu-west-1", "endpoint_url": f"{scheme}://pinpoint.test", "allow_plain_http": True}
        with PinpointUsers("app", **made) as pinpoint, pytest.raises(RunStoppedError) as caught:
            pinpoint.send(message, ["u"])
    text = str(caught.value.reason)
    assert "proxy" in text
    assert "rules" in text
    assert "credentials" not in text
    assert "password" not in text
    assert caught.value.report.users["u"].outcome is Outcome.NOT_SENT


def test_a_proxy_that_wants_a_password(monkeypatch, message):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said = answer(b"<html>proxy</html>", status="407 Proxy Authentication Required", headers="Proxy-Authenticate: Basic\r\n")
    with Peer("proxy", at="request", act=say(said), is_failing=True) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        made = {"region_name": "eu-west-1", "endpoint_url": "http://pinpoint.test", "allow_plain_http": True}
        with PinpointUsers("app", **made) as pinpoint, pytest.raises(RunStoppedError) as caught:
            pinpoint.send(message, ["u"])
    assert type(caught.value.reason) is ConfigurationError
    assert "check the proxy" in str(caught.value.reason)
    assert caught.value.report.users["u"].outcome is Outcome.NOT_SENT


@pytest.mark.parametrize("body", [HTML, b"Not yet implemented", b"", b'{"detail": "Not Found"}'], ids=repr)
def test_a_server_without_the_operation_is_no_wrong_application_id(message, body):
    error = refused(message, answer(body, status="404 Not Found"))
    assert type(error) is ConfigurationError
    assert "isn't Pinpoint, or lacks the operation as moto does: check the endpoint URL" in str(error)


def test_pinpoints_own_404_is_a_wrong_application_id(message):
    said = answer(
        b'{"Message":"Resource not found"}', status="404 Not Found", headers="x-amzn-ErrorType: NotFoundException\r\n"
    )
    assert type(refused(message, said)) is ApplicationNotFoundError


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:mobiletargeting:eu-west-1:123456789012:apps/0a1b2c",
        "arn:aws:mobiletargeting:eu-west-1:123456789012:/apps/0a1b2c",
        "arn:aws-us-gov:mobiletargeting:us-gov-west-1:123456789012:apps/0a1b2c/campaigns/x",
    ],
)
def test_an_arn_as_application_id_is_told_with_the_id(arn):
    with pytest.raises(
        ValidationError, match=re.escape("application_id: must be the ID alone, without the rest of its ARN: '0a1b2c'")
    ):
        PinpointUsers(arn, region_name="eu-west-1")


@pytest.mark.parametrize("value", ["arn:aws:sns:eu-west-1:123456789012:apps/0a1b2c", "a b", 7])
def test_what_is_no_id_at_all_is_told_as_before(value):
    with pytest.raises(ValidationError, match="must be the ID of an application"):
        PinpointUsers(value, region_name="eu-west-1")


@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden", "404 Not Found", "429 Slow", "500 Fault"])
@pytest.mark.parametrize("address", ["+12065550100", "secretann@example.org", "APA91b" + 134 * "x"])
def test_addresses_in_what_the_service_says_are_masked(message, status, address):
    said = answer(
        f'{{"message":"refused for {address}"}}'.encode(), status=status, headers="x-amzn-ErrorType: MessageRejected\r\n"
    )
    with Peer(at="request", act=say(said), is_failing=True) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, retry=RetryPolicy(max_attempts=1)) as pinpoint:
            try:
                report = pinpoint.send(message, ["u"])
            except RunStoppedError as error:
                report, told = error.report, repr(error)
            else:
                told = str(report)
    assert address not in told
    assert address not in json.dumps(report.to_dict())
    assert address not in repr(report.users["u"])
    assert "refused for " in str(report.users["u"].error)
