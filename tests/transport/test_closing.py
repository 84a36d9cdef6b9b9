"""`close()` gives sockets back at once, ends what still waits for an answer, and a client that is used after it says so."""

from __future__ import annotations

import gc
import threading

import boto3
import botocore.session
import pytest
from over_http import until
from peer import Peer, hang

from pinpoint_users import (
    ConfigurationError,
    ConnectionLostError,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    PinpointUsers,
    RunStoppedError,
    SendUsersMessageRequest,
    Sent,
    SimpleEmail,
    SimpleEmailPart,
)
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.routes import SES


@pytest.fixture(autouse=True)
def no_garbage_collector():
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def request_(message):
    return SendUsersMessageRequest(message_configuration=message, users={"u": EndpointSendConfiguration()})


@pytest.mark.parametrize("kind", ["http", "https", "proxy", "tunnel"])
def test_sockets_are_given_back_at_once(monkeypatch, certificates, message, kind):
    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    with Peer(kind, context=certificates.good) as peer:
        url = {"http": f"http://127.0.0.1:{peer.port}", "https": f"https://localhost:{peer.port}"}.get(kind)
        if url is None:
            for name in ("HTTP_PROXY", "HTTPS_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{peer.port}")
            monkeypatch.delenv("no_proxy")
            url = "http://pinpoint.test" if kind == "proxy" else "https://pinpoint.test"
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, allow_plain_http=True) as pinpoint:
            assert len(pinpoint.send(message, [f"u-{number}" for number in range(2_000)]).successful) == 2_000
            assert peer.connections
        until(lambda: peer.ended == len(peer.connections))


@pytest.mark.parametrize("owned", [True, False])
def test_a_request_under_way_is_waited_for_and_not_sent_again(request_, owned):
    with Peer(at="request", act=hang, is_failing=True) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        client = None if owned else boto3.client("pinpoint", "eu-west-1", endpoint_url=url)
        pinpoint = PinpointUsers("app", **({"region_name": "eu-west-1", "endpoint_url": url} if owned else {"client": client}))
        errors = []

        def send():
            with pytest.raises(ConnectionLostError) as caught:
                pinpoint.send_users_messages(request_)
            errors.append(caught.value)

        sending, closing = threading.Thread(target=send), threading.Thread(target=pinpoint.close)
        sending.start()
        until(lambda: peer.requests)
        closing.start()
        closing.join(0.05)
        assert closing.is_alive()
        peer.closing.set()
        closing.join(60)
        sending.join(60)
        assert errors[0].sent is Sent.PERHAPS_SENT
        assert len(peer.requests) == 1
        if client is not None:
            handlers = client.meta.events._emitter._handlers.prefix_search("needs-retry.pinpoint.SendUsersMessages")
            assert not [handler for handler in handlers if "pinpoint_users" in handler.__module__]
            client.close()


def test_a_request_that_was_given_up_is_ended_and_not_sent_again(message):
    with Peer(at="request", act=hang, is_failing=True) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url) as pinpoint:
            deadline = 0.1
            while not peer.requests:  # until the request is out by then
                with pytest.raises(RunStoppedError) as caught:
                    pinpoint.send(message, ["u"], deadline=deadline)
                deadline *= 2
            (user,) = caught.value.report.unknown
            connection = peer.connections[-1]
            connection.settimeout(5)
        assert connection.recv(1) == b""
        assert user.sent is Sent.PERHAPS_SENT
        assert len(peer.requests) == 1


def test_a_client_of_the_callers_stays_open(request_):
    with Peer() as peer:
        client = boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{peer.port}")
        for _ in range(2):
            with PinpointUsers("app", client=client) as pinpoint:
                pinpoint.send_users_messages(request_)
        request = {"MessageConfiguration": {}, "Users": {"u": {}}}
        client.send_users_messages(ApplicationId="app", SendUsersMessageRequest=request)
        assert len(peer.requests) == 3
        client.close()


@pytest.mark.parametrize("owned", [True, False])
def test_a_transport_that_is_used_after_that_says_so(owned):
    with Peer() as peer:
        url = f"http://127.0.0.1:{peer.port}"
        made = {"endpoint_url": url} if owned else {"client": boto3.client("pinpoint", "eu-west-1", endpoint_url=url)}
        with PinpointUsers("app", **made, **({"region_name": "eu-west-1"} if owned else {})) as pinpoint:
            transport = pinpoint._transport
        with pytest.raises(ConfigurationError, match="this client is closed: nothing was sent") as caught:
            transport.post("SendUsersMessages", "app", b'{"MessageConfiguration": {}, "Users": {"u": {}}}')
        assert caught.value.sent is Sent.NOT_SENT
        assert not peer.requests


def test_a_service_that_is_just_opened_is_closed_too(monkeypatch):
    create, goes_on, is_closed = botocore.session.Session.create_client, threading.Event(), threading.Event()

    def create_client(self, service_name, *args, **kwargs):
        if service_name == "sesv2":
            goes_on.wait(60)
        client = create(self, service_name, *args, **kwargs)
        close = client.close

        def closing():
            close()
            if service_name == "sesv2":
                is_closed.set()
            else:  # what is opened by now is closed by who opens it
                goes_on.set()
                assert is_closed.wait(60)

        client.close = closing
        return client

    monkeypatch.setattr(botocore.session.Session, "create_client", create_client)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    directory = {"u-1": [Endpoint(channel_type="EMAIL", address="ann@example.com")]}
    routes = {"EMAIL": SES(from_email_address="us@example.com")}
    email = SimpleEmail(subject=SimpleEmailPart(data="Hi"), text_part=SimpleEmailPart(data="x"))
    to_ann = DirectMessageConfiguration(email_message=EmailMessage(simple_email=email))
    with PinpointUsers("app", directory=directory, routes=routes) as pinpoint, pytest.raises(RunStoppedError):
        pinpoint.send(to_ann, ["u-1"], deadline=0.05)
    assert is_closed.is_set()
