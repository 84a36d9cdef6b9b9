"""A kept connection that died while nothing was sent, as after a freeze of AWS Lambda's, costs no message and no doubt."""

from __future__ import annotations

import contextlib
import socket
import struct
import time

import boto3
import pytest
from peer import Peer

from pinpoint_users import PinpointUsers


def end(sock):
    sock.shutdown(socket.SHUT_WR)


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.shutdown(socket.SHUT_RD)  # has the peer's thread close it, which resets it now


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("die", [end, reset])
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
