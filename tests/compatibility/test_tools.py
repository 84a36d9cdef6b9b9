"""Test tools and frameworks, as published."""

from __future__ import annotations

import boto3
import pytest
from botocore.stub import Stubber
from peer import Peer

from pinpoint_users import ConfigurationError, DirectMessageConfiguration, PinpointUsers, RunStoppedError, SMSMessage
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
        yield local


def outcome_of(local):
    with local.client() as pinpoint:
        return str(pinpoint.send(MESSAGE, ["u"]).users["u"].outcome)


def test_moto_has_no_operation_that_sends():
    moto = pytest.importorskip("moto")
    with moto.mock_aws():
        client = boto3.client("pinpoint")
        made = client.create_app(CreateApplicationRequest={"Name": "x"})["ApplicationResponse"]["Id"]
        for arguments in ({}, {"client": client}):
            with PinpointUsers(made, **arguments) as pinpoint, pytest.raises(RunStoppedError) as caught:
                pinpoint.send(MESSAGE, ["u"])
            assert type(caught.value.reason) is ConfigurationError
            assert "as moto does" in str(caught.value.reason)


def test_vcrpy_records_and_plays_back(tmp_path):
    vcr = pytest.importorskip("vcr")
    with Peer() as peer:
        for _ in range(2):
            tape = vcr.use_cassette(str(tmp_path / "tape.yaml"), filter_headers=["authorization"])
            with tape, PinpointUsers("app", endpoint_url=f"http://127.0.0.1:{peer.port}") as pinpoint:
                pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        assert len(peer.requests) == 1


def test_vcrpy_records_and_plays_back_a_client_that_is_there_before_and_after(tmp_path):
    vcr = pytest.importorskip("vcr")
    with Peer() as peer, PinpointUsers("app", endpoint_url=f"http://127.0.0.1:{peer.port}") as pinpoint:
        pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        for _ in range(2):
            with vcr.use_cassette(str(tmp_path / "tape.yaml"), filter_headers=["authorization"]):
                pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
    assert len(peer.requests) == 3


@pytest.mark.parametrize(("package", "name"), [("freezegun", "freeze_time"), ("time_machine", "travel")])
def test_time_that_stands_still_stops_no_run(local, package, name):
    freeze = getattr(pytest.importorskip(package), name)
    local.throttle(user_ids=["u"])
    with (
        freeze("2026-01-01", tick=False),
        local.serve() as server,
        PinpointUsers(local.application_id, endpoint_url=server.url, requests_per_second=50) as pinpoint,
    ):
        for _ in range(2):
            pinpoint.send(MESSAGE, ["u"], deadline=20).raise_for_failures()
    assert len(local.deliveries()) == 2


def test_pook_answers():
    pook = pytest.importorskip("pook")
    answer = {"ApplicationId": "app", "Result": {"u": {"e": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}}
    with pook.use():
        mock = pook.post("https://pinpoint.us-east-1.amazonaws.com/v1/apps/app/users-messages", times=2, reply=200)
        mock.reply(200).json(answer)
        with PinpointUsers("app") as pinpoint:
            for _ in range(2):
                pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        assert mock.calls == 2


def test_responses_sees_nothing_of_botocores_requests():
    responses = pytest.importorskip("responses")
    with (
        Peer() as peer,
        responses.RequestsMock(),
        PinpointUsers("app", endpoint_url=f"http://127.0.0.1:{peer.port}") as pinpoint,
    ):
        pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        assert len(peer.requests) == 1


def test_requests_mock_sees_nothing_of_botocores_requests():
    requests_mock = pytest.importorskip("requests_mock")
    with Peer() as peer, requests_mock.Mocker(), PinpointUsers("app", endpoint_url=f"http://127.0.0.1:{peer.port}") as pinpoint:
        pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        assert len(peer.requests) == 1


def test_stubber_of_botocore():
    client = boto3.client("pinpoint")
    parameters = {"MessageConfiguration": {"SMSMessage": {"Body": "hello"}}, "Users": {"u": {}}}
    result = {"u": {"e": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}
    with Stubber(client) as stubber, PinpointUsers("app", client=client) as pinpoint:
        for _ in range(2):
            stubber.add_response(
                "send_users_messages",
                {"SendUsersMessageResponse": {"ApplicationId": "app", "Result": result}},
                {"ApplicationId": "app", "SendUsersMessageRequest": parameters},
            )
            pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize("how", ["in the process", "over HTTP"])
def test_local_pinpoint(local, how):
    if how == "in the process":
        assert outcome_of(local) == "SUCCESSFUL"
    else:
        with local.serve() as server, PinpointUsers(local.application_id, endpoint_url=server.url) as pinpoint:
            pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
    assert [delivery.body for delivery in local.deliveries()] == ["hello"]


def test_flask(local):
    flask = pytest.importorskip("flask")
    app = flask.Flask("app")
    app.add_url_rule("/", view_func=lambda: outcome_of(local))
    assert app.test_client().get("/").text == "SUCCESSFUL"


def test_fastapi(local):
    fastapi = pytest.importorskip("fastapi")
    from fastapi.testclient import TestClient

    app = fastapi.FastAPI()
    app.get("/")(lambda: outcome_of(local))
    assert TestClient(app).get("/").json() == "SUCCESSFUL"


def test_django(local):
    django = pytest.importorskip("django")
    from django.conf import settings
    from django.http import HttpResponse
    from django.test import RequestFactory

    if not settings.configured:
        settings.configure(DEFAULT_CHARSET="utf-8")
        django.setup()
    view = lambda _request: HttpResponse(outcome_of(local))  # noqa: E731 - a view is a function of a request
    assert view(RequestFactory().get("/")).content == b"SUCCESSFUL"


def test_an_eager_task_of_celery(local):
    celery = pytest.importorskip("celery")
    app = celery.Celery("app")
    app.conf.task_always_eager = True

    @app.task
    def send():
        return outcome_of(local)

    assert send.delay().get() == "SUCCESSFUL"
