"""A kept connection that died while nothing was sent, as after a freeze of AWS Lambda's, costs no message and no doubt."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
import types

import boto3
import pytest
from peer import Peer

from pinpoint_users import PinpointUsers


def end(sock):
    sock.shutdown(socket.SHUT_WR)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.shutdown(socket.SHUT_RD)  # has the peer's thread close it, which resets it now


OWNED = pytest.mark.parametrize("owned", [True, False], ids=["own client", "caller's client"])


@OWNED
@pytest.mark.parametrize("die", [end, reset], ids=["ended by the server", "reset"])
def test_a_connection_that_died_meanwhile(message, die, owned):
    with Peer() as peer, contextlib.ExitStack() as stack:
        url = f"http://127.0.0.1:{peer.port}"
        made = {"region_name": "eu-west-1", "endpoint_url": url}
        if not owned:
            made = {"client": boto3.client("pinpoint", **made)}
            stack.callback(made["client"].close)
        pinpoint = stack.enter_context(PinpointUsers("app", **made))
        for count in range(1, 4):
            pinpoint.send(message, ["u"]).raise_for_failures()
            assert len(peer.connections) == len(peer.requests) == count
            die(peer.connections[-1])
            while die is reset and peer.ended < count:
                time.sleep(0.001)


@pytest.mark.parametrize("proxied", [False, True], ids=["direct", "through a proxy"])
@OWNED
def test_a_connection_that_was_idle_for_a_minute(message, monkeypatch, certificates, owned, proxied):
    """Its end may have gone unheard, as behind NAT, or by a process that was frozen: then the next request would be lost."""
    now = [1000.0]
    monkeypatch.setattr("pinpoint_users._transport.connections.time", types.SimpleNamespace(time=lambda: now[0]))
    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    kind = "tunnel" if proxied else "https"
    with Peer(kind=kind, context=certificates.good) as peer, contextlib.ExitStack() as stack:
        url = f"https://127.0.0.1:{peer.port}"
        if proxied:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{peer.port}")
            for name in ("no_proxy", "NO_PROXY"):
                monkeypatch.delenv(name, raising=False)
            url = "https://pinpoint.test"
        made = {"region_name": "eu-west-1", "endpoint_url": url}
        if not owned:
            made = {"client": boto3.client("pinpoint", **made)}
            stack.callback(made["client"].close)
        pinpoint = stack.enter_context(PinpointUsers("app", **made))
        for seconds, connections in ((0, 1), (59, 1), (59, 1), (61, 2), (-3600, 3), (10, 3)):
            now[0] += seconds
            pinpoint.send(message, ["u"]).raise_for_failures()
            assert len(peer.connections) == connections
