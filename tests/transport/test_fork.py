"""A client that was used before `fork()` works in the child, on connections of its own, and the parent's go on working."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import types

import boto3
import pytest
from botocore.awsrequest import AWSHTTPConnection
from botocore.credentials import RefreshableCredentials
from peer import Peer

from pinpoint_users import ConfigurationError, Sent
from pinpoint_users._transport.boto import BotoTransport
from pinpoint_users._transport.connections import Watch
from pinpoint_users._transport.internals import _renew_all

PROGRAM = """
import os, signal, sys, threading
import boto3
from pinpoint_users import DirectMessageConfiguration, EndpointSendConfiguration, PinpointUsers
from pinpoint_users import SendUsersMessageRequest, SMSMessage

way, url, is_held = sys.argv[1], sys.argv[2], sys.argv[3] == "held"
message = DirectMessageConfiguration(sms_message=SMSMessage(body="x"))
made = {"region_name": "eu-west-1", "endpoint_url": url}
client = PinpointUsers("app", **made) if way == "own" else PinpointUsers("app", client=boto3.client("pinpoint", **made))

def send(user):
    request = SendUsersMessageRequest(message_configuration=message, users={user: EndpointSendConfiguration()})
    assert list(client.send_users_messages(request).result) == [user]

send("parent-1")
send("parent-2")
session = client._transport._client._endpoint.http_session
pools = session._manager.pools
locks = pools.lock, pools[next(iter(pools.keys()))].pool.mutex
del pools
release = threading.Event()
def hold():
    with locks[0], locks[1]:
        held.set()
        release.wait()
held = threading.Event()
if is_held:  # by a thread that the child doesn't have
    threading.Thread(target=hold, daemon=True).start()
    held.wait()
child = os.fork()
if child == 0:
    signal.alarm(20)
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    assert not [link for link in links if os.path.exists(link) and os.readlink(link).startswith("socket:")]
    send("child-1")
    send("child-2")
    client.close()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
release.set()
send("parent-3")
client.close()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("kind", ["http", "https"])
@pytest.mark.parametrize("way", ["own", "the caller's"])
@pytest.mark.parametrize("locks", ["held", "free"])
def test_each_process_has_connections_of_its_own(*, tmp_path, certificates, kind, way, locks):
    with Peer(kind, context=certificates.good) as peer:
        scheme = "https" if kind == "https" else "http"
        program = [sys.executable, "-W", "ignore", "-c", PROGRAM, way, f"{scheme}://localhost:{peer.port}", locks]
        env = {**os.environ, "AWS_CA_BUNDLE": certificates.bundle}
        done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False, env=env, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert len(peer.requests) == 5
        assert len(peer.connections) == 2


@pytest.mark.parametrize("has_lock", [True, False])
def test_what_is_renewed_in_a_child(has_lock):
    with Peer() as peer:
        client = boto3.client("pinpoint", "eu-west-1", endpoint_url=f"http://127.0.0.1:{peer.port}")
        credentials = client._request_signer._credentials
        if has_lock:
            credentials = RefreshableCredentials("a", "b", "c", None, None, None, time_fetcher=None)
            credentials.refresh_needed = lambda *_: False
            credentials._refresh_lock.acquire()
            client._request_signer._credentials = credentials
        transport = BotoTransport(client, owned=True)
        body = b'{"MessageConfiguration": {}, "Users": {"u": {}}}'
        transport.post("SendUsersMessages", "app", body)
        transport._internals.watch.opened.add(AWSHTTPConnection("127.0.0.1"))  # it was about to have a socket
        _renew_all()  # as Python does in the child
        assert not has_lock or not credentials._refresh_lock.locked()
        transport.post("SendUsersMessages", "app", body)
        assert len(peer.connections) == 2
        transport.close()


def test_connections_that_cannot_be_renewed_are_not_used_in_a_child():
    client = boto3.client("pinpoint", "eu-west-1", endpoint_url="http://127.0.0.1:1")
    del client._request_signer._credentials
    transport = BotoTransport(client, owned=False)
    transport._process_id -= 1
    with pytest.raises(ConfigurationError, match="made before fork") as caught:
        transport.post("SendUsersMessages", "app", b"{}")
    assert caught.value.sent is Sent.NOT_SENT
    transport.close()


def test_a_socket_that_tls_is_taking_over_keeps_no_other_from_being_closed():
    """In the midst of another thread's handshake, a connection has a socket without a file descriptor."""
    watch = Watch()
    taken_over, whole, other = socket.socket(), *socket.socketpair()
    os.close(taken_over.detach())
    watch.opened = [types.SimpleNamespace(sock=sock) for sock in (taken_over, whole)]  # in this order
    with other:
        watch.forget()
        assert whole.fileno() == -1
    assert not watch.opened
