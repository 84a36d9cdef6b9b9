"""A directory's ways out over boto3 and HTTP, and what only such a run comes across."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import boto3
import pytest
from botocore.awsrequest import AWSResponse

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    GCMMessage,
    Journal,
    Operation,
    Outcome,
    PinpointUsers,
    RequestError,
    RetryPolicy,
    RunStoppedError,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    Transport,
)
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, TextMessaging

PHONES = DirectMessageConfiguration(gcm_message=GCMMessage(body="x"), sms_message=SMSMessage(body="x"))
MESSAGE = DirectMessageConfiguration(
    gcm_message=GCMMessage(body="x"),
    sms_message=SMSMessage(body="x"),
    email_message=EmailMessage(
        simple_email=SimpleEmail(subject=SimpleEmailPart(data="Hi"), text_part=SimpleEmailPart(data="x"))
    ),
)
DIRECTORY = {
    "u-1": [
        Endpoint(channel_type="GCM", address="token"),
        Endpoint(channel_type="SMS", address="+12065550100"),
        Endpoint(channel_type="EMAIL", address="ann@example.com"),
    ]
}
ORIGIN = "+12065550199"


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ACCESS_KEY_ID": "x", "SECRET_ACCESS_KEY": "y", "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.mark.parametrize("whose", ["ours", "callers"])
def test_each_service_is_reached_by_its_client(whose: str) -> None:
    with LocalPinpoint() as local, local.serve() as server:

        def client(name: str) -> Any:
            return boto3.client(name, endpoint_url=server.url) if whose == "callers" else None

        routes = {
            "EMAIL": SES(from_email_address="a@example.com", rates="account", client=client("sesv2")),
            "SMS": TextMessaging(origination_identity=ORIGIN, client=client("pinpoint-sms-voice-v2")),
        }
        given: dict[str, Any] = {"client": client("pinpoint")} if whose == "callers" else {"endpoint_url": server.url}
        with PinpointUsers(local.application_id, directory=DIRECTORY, routes=routes, **given) as pinpoint:
            reports = [pinpoint.send(MESSAGE, ["u-1"]) for _ in range(2)]
        for report in reports:
            report.raise_for_failures()
        assert len(local.deliveries()) == 6
        ids = sorted(request_id for report in reports for request_id in report.request_ids)
        assert ids == sorted(delivery.request_id for delivery in local.deliveries())


@pytest.mark.parametrize(("answer", "outcome"), [(b"{", "UNKNOWN"), (b"[]", "UNKNOWN"), (b'{"MessageId": "m"}', "SUCCESSFUL")])
def test_an_answer_that_cant_be_read_has_no_id(answer: bytes, outcome: str) -> None:
    def answered(request: Any, **_: Any) -> AWSResponse:
        raw = type("Raw", (), {"stream": lambda *_args, **_kwargs: iter([answer])})()
        return AWSResponse(request.url, 200, {"x-amzn-RequestId": "r-1"}, raw)

    client = boto3.client("pinpoint-sms-voice-v2")
    client.meta.events.register("before-send.pinpoint-sms-voice-v2.SendTextMessage", answered)
    routes = {"SMS": TextMessaging(origination_identity=ORIGIN, client=client)}
    with PinpointUsers("app", directory={"u-1": DIRECTORY["u-1"][1:2]}, routes=routes) as pinpoint:
        report = pinpoint.send(PHONES, ["u-1"])
    assert report.users["u-1"].outcome == outcome
    assert report.request_ids == (("r-1",) if outcome == "SUCCESSFUL" else ())


def test_an_answer_from_a_handler_has_its_id_too() -> None:
    client = boto3.client("sesv2")
    parsed = {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": "m-1"}], "ResponseMetadata": {"RequestId": "r-1"}}
    client.meta.events.register("before-call.sesv2.SendBulkEmail", lambda **_: (AWSResponse("", 200, {}, None), parsed))
    routes = {"EMAIL": SES(from_email_address="a@example.com", client=client)}
    email = attrs.evolve(MESSAGE, gcm_message=None, sms_message=None)
    with PinpointUsers("app", directory={"u-1": DIRECTORY["u-1"][2:]}, routes=routes) as pinpoint:
        report = pinpoint.send(email, ["u-1"])
    report.raise_for_failures()
    assert report.request_ids == ("r-1",)


def test_within_a_process_too_each_request_has_its_id() -> None:
    routes = {"EMAIL": SES(from_email_address="a@example.com"), "SMS": TextMessaging(origination_identity=ORIGIN)}
    with LocalPinpoint() as local, local.client(directory=DIRECTORY, routes=routes) as pinpoint:
        report = pinpoint.send(MESSAGE, ["u-1"])
        assert sorted(report.request_ids) == sorted(delivery.request_id for delivery in local.deliveries())


def test_an_embedded_account_sets_no_rate() -> None:
    routes = {"EMAIL": SES(from_email_address="a@example.com", rates="account")}
    with LocalPinpoint() as local, local.client(directory=DIRECTORY, routes=routes) as pinpoint:
        pinpoint.send(MESSAGE, ["u-1"]).raise_for_failures()
        assert local.waited == 0


def test_an_embedded_accounts_rate_is_kept_to() -> None:
    routes = {"EMAIL": SES(from_email_address="a@example.com", rates="account")}
    directory = {f"u-{n}": [Endpoint(channel_type="EMAIL", address=f"u-{n}@example.com")] for n in range(30)}
    with LocalPinpoint() as local, local.client(directory=directory, routes=routes) as pinpoint:
        local.limit_rate(None, endpoints_per_second=10)
        report = pinpoint.send(MESSAGE, list(directory), channels=["EMAIL"])
        report.raise_for_failures()
        assert {user.attempts for user in report.users.values()} == {1}
        assert local.waited >= 2


class _OfAnotherHand(Transport):
    """A transport that knows nothing of the account."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        return self._inner.post(operation, application_id, body)


def test_an_account_that_a_transport_knows_nothing_of_sets_no_rate() -> None:
    routes = {"EMAIL": SES(from_email_address="a@example.com", rates="account")}
    with LocalPinpoint() as local:
        transport = _OfAnotherHand(local.transport)
        with PinpointUsers(local.application_id, transport=transport, directory=DIRECTORY, routes=routes) as pinpoint:
            pinpoint.send(MESSAGE, ["u-1"], channels=["EMAIL"]).raise_for_failures()
        assert local.waited == 0


def test_a_rate_that_cant_be_learned_is_told_before_anything_is_sent() -> None:
    with LocalPinpoint() as local, local.serve() as server:
        routes = {"EMAIL": SES(from_email_address="a@example.com", rates="account")}
        local.fail_next(403, operation="GetAccount", times=9)
        with (
            PinpointUsers(local.application_id, endpoint_url=server.url, directory=DIRECTORY, routes=routes) as pinpoint,
            pytest.raises(RequestError),
        ):
            pinpoint.send(MESSAGE, ["u-1"])
        assert not local.deliveries()


def test_a_journal_of_pinpoints_look_up_leaves_a_user_in_doubt(tmp_path: Path) -> None:
    for resend in (False, True):
        with LocalPinpoint() as local:
            local.add_endpoint(user_id="u-1", channel_type="GCM", address="token")
            local.drop_next()
            journal = Journal(tmp_path / f"{resend}.db")
            with local.client(retry=RetryPolicy(max_attempts=1)) as pinpoint:
                pinpoint.send(PHONES, ["u-1"], journal=journal)
            policy = RetryPolicy(on_unknown="resend" if resend else "report")
            with local.client(directory={"u-1": DIRECTORY["u-1"][:1]}, retry=policy) as pinpoint:
                report = pinpoint.send(PHONES, ["u-1"], journal=journal)
            assert report.users["u-1"].outcome is (Outcome.SUCCESSFUL if resend else Outcome.UNKNOWN)


def test_what_was_about_to_go_when_the_way_was_closed_is_not_sent() -> None:
    routes = {"SMS": TextMessaging(origination_identity=ORIGIN)}
    with LocalPinpoint() as local, local.client(directory=DIRECTORY, routes=routes) as pinpoint:
        local.fail_next(400, operation="SendMessages")
        local.fail_next(403, operation="SendTextMessage")
        with pytest.raises(RunStoppedError) as caught:
            pinpoint.send(PHONES, ["u-1"], first_of=["PUSH", "SMS"])
        assert not local.deliveries()
    assert caught.value.report.users["u-1"].outcome is Outcome.NOT_SENT


def test_a_directory_that_can_only_be_read_is_told_nothing() -> None:
    with LocalPinpoint() as local, local.client(directory=DIRECTORY) as pinpoint:
        local.throttle(addresses=["token"], times=1)
        assert pinpoint.send(PHONES, ["u-1"], channels=["GCM"]).users["u-1"].attempts == 2


def test_a_slow_way_doesnt_gather_all_users_in_memory() -> None:
    directory = {
        f"u-{number}": [
            Endpoint(channel_type="GCM", address=f"token-{number}"),
            Endpoint(channel_type="SMS", address=f"+1206555{number:04}"),
        ]
        for number in range(1_300)
    }
    routes = {"SMS": TextMessaging(origination_identity=ORIGIN, requests_per_second=10)}
    with LocalPinpoint() as local, local.client(directory=directory, routes=routes) as pinpoint:
        report = pinpoint.send(PHONES, list(directory))
        assert len(local.deliveries()) == 2_600
    assert report.counts[Outcome.SUCCESSFUL] == 1_300
