"""What a server says that nobody asked for is never taken for the answer to the next request."""

from __future__ import annotations

import json
import select
import threading
from contextlib import contextmanager

import boto3
import pytest
from peer import Peer, answer, answer_to, result_of

from pinpoint_users import ConnectionLostError, EndpointSendConfiguration, PinpointUsers, SendUsersMessageRequest

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
STALE = answer(result_of(["somebody"]))


@contextmanager
def sender(peer, certificates, monkeypatch, *, owned=True):
    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    scheme = "https" if peer.kind == "https" else "http"
    url = f"{scheme}://localhost:{peer.port}"
    made = (
        {"endpoint_url": url, "region_name": "eu-west-1"}
        if owned
        else {"client": boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=url)}
    )
    with PinpointUsers("app", **made) as pinpoint:
        yield pinpoint


def users_of(pinpoint, message, user):
    request = SendUsersMessageRequest(message_configuration=message, users={user: EndpointSendConfiguration()})
    return {*pinpoint.send_users_messages(request).result}


@pytest.fixture(params=["http", "https"])
def peer(request, certificates):
    with Peer(request.param, context=certificates.good) as peer:
        yield peer


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("before", [EARLY_HINTS, CONTINUE, CONTINUE + EARLY_HINTS * 3 + CONTINUE])
def test_what_comes_before_the_answer_is_passed_over(*, peer, certificates, message, monkeypatch, before, owned):
    peer.answers = lambda body: before + answer_to(body)
    with sender(peer, certificates, monkeypatch, owned=owned) as pinpoint:
        assert [users_of(pinpoint, message, f"u-{n}") for n in range(6)] == [{f"u-{n}"} for n in range(6)]
    assert len(peer.connections) == 1


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("after", [STALE, STALE[:50], EARLY_HINTS, CONTINUE, b"\r\n", b"x", STALE * 1000])
def test_what_comes_after_the_answer_ends_the_connection(*, peer, certificates, message, monkeypatch, after, owned):
    peer.answers = lambda body: answer_to(body) + after
    with sender(peer, certificates, monkeypatch, owned=owned) as pinpoint:
        assert [users_of(pinpoint, message, f"u-{n}") for n in range(6)] == [{f"u-{n}"} for n in range(6)]
    assert len(peer.connections) == 6


def test_after_an_answer_in_chunks_and_a_long_one_too(peer, certificates, message, monkeypatch):
    def chunked(body):
        result = result_of(json.loads(body)["Users"]) + b" " * 300_000  # more than any buffer holds
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(result), result) + STALE

    def long(body):
        return answer(result_of(json.loads(body)["Users"]) + b" " * 300_000) + STALE

    with sender(peer, certificates, monkeypatch) as pinpoint:
        for number, peer.answers in enumerate([chunked, long] * 3):
            assert users_of(pinpoint, message, f"u-{number}") == {f"u-{number}"}


def test_what_comes_while_nobody_waits_ends_the_connection(peer, certificates, message, monkeypatch):
    idle = threading.Event()
    answer_once = Peer._answer

    def answer_and_more(self, sock):
        goes_on = answer_once(self, sock)
        if goes_on and len(self.requests) == 1:
            idle.wait(10)
            sock.sendall(STALE)
        return goes_on

    monkeypatch.setattr(Peer, "_answer", answer_and_more)
    with sender(peer, certificates, monkeypatch) as pinpoint:
        assert users_of(pinpoint, message, "u-1") == {"u-1"}
        idle.set()
        (connection,) = pinpoint._transport._internals.watch.opened
        assert select.select([connection.sock], [], [], 10)[0]
        assert users_of(pinpoint, message, "u-2") == {"u-2"}
    assert len(peer.connections) == 2


def test_connections_without_surplus_are_kept(peer, certificates, message, monkeypatch):
    with sender(peer, certificates, monkeypatch) as pinpoint:
        for number in range(6):
            users_of(pinpoint, message, f"u-{number}")
    assert len(peer.connections) == 1


def test_another_protocol_is_no_answer(peer, certificates, message, monkeypatch):
    peer.answers = lambda body: b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + answer_to(body)
    with sender(peer, certificates, monkeypatch) as pinpoint, pytest.raises(ConnectionLostError):
        users_of(pinpoint, message, "u-1")
