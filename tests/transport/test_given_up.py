"""A request that its run gives up before it went out never does: counted at the receiver, over real connections."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading

import boto3
import pytest
from aio.endings import cancelled
from exchanging import WARM, sender
from peer import Peer
from stopping import noticing_stops
from waiting import until

from pinpoint_users import (
    AsyncPinpointUsers,
    ConnectionFailedError,
    EndpointSendConfiguration,
    Outcome,
    SendUsersMessageRequest,
)
from pinpoint_users._transport.departure import Departure

BODY = b'{"MessageConfiguration": {}, "Users": {"u": {}}}'
REQUEST = ("SendUsersMessages", "app", BODY)


class CancelledLater(Departure):
    """Is cancelled before its step of this number."""

    def __init__(self, step):
        super().__init__()
        self.is_certain = None
        """Whether, when it was cancelled, nothing was out for certain."""
        self._steps = step

    def proceed(self, **how):
        self._steps -= 1
        if not self._steps:
            self.is_certain = self.cancel()
        return super().proceed(**how)


@pytest.mark.parametrize("requests_before", [0, 1, WARM], ids=["boto3", "urllib3", "exchange"])
def test_at_any_step(requests_before, exchanges):
    """Cancelled one step later each time, until there is none; then the request is out."""
    certain = []
    for step in range(1, 10):
        with Peer() as peer, sender(peer) as pinpoint:
            transport = pinpoint._transport
            for _ in range(requests_before):
                transport.post(*REQUEST)
            exchanges.clear()
            departure = CancelledLater(step)
            with contextlib.suppress(ConnectionFailedError):
                transport.post_cancellable(departure, *REQUEST)
                break
            certain.append(departure.is_certain)
        assert len(peer.requests) == requests_before
    # Between the HTTP session and a connection, somebody else may have it.
    assert certain == ([True, False] if requests_before == WARM else [True, False, True])
    assert not departure.cancel()
    assert len(peer.requests) == requests_before + 1
    assert len(exchanges) == (requests_before == WARM)


def test_while_it_connects(monkeypatch, certificates):
    class Connecting(Departure):
        def proceed(self, **how):
            if peer.connections:
                assert self.cancel()
            return super().proceed(**how)

    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    with Peer("https", context=certificates.good) as peer, sender(peer) as pinpoint:
        with pytest.raises(ConnectionFailedError, match=": nothing was sent"):
            pinpoint._transport.post_cancellable(Connecting(), *REQUEST)
        assert len(peer.connections) == 1
        pinpoint._transport.post(*REQUEST)
    assert len(peer.requests) == 1


def test_by_the_transport_of_several_services():
    with Peer() as peer, sender(peer, directory=lambda _: {}) as pinpoint:
        cancelled = Departure()
        assert cancelled.cancel()
        with pytest.raises(ConnectionFailedError, match=": nothing was sent"):
            pinpoint._transport.post_cancellable(cancelled, *REQUEST)
        assert not peer.requests
        assert json.loads(pinpoint._transport.post(*REQUEST))["RequestId"] == "r"


async def cancelled_twice(sending):
    with noticing_stops() as has_stopped:
        sending.cancel()  # finishes what is under way
        await until(has_stopped.is_set)
    while not sending.done():
        sending.cancel()  # gives it up
        await asyncio.sleep(0.001)
    return await cancelled(sending)


@contextlib.contextmanager
def threads_that_end():
    """Those of clients that are used within end soon afterwards."""
    before = {*threading.enumerate()}
    yield
    for thread in {*threading.enumerate()} - before:
        if thread.name == "pinpoint-users":
            thread.join(60)
            assert not thread.is_alive()


class LateCredentials:
    """A session and its client whose requests are signed when they may be."""

    def __init__(self):
        self.is_signing, self.may_be_signed = threading.Event(), threading.Event()
        self.session = boto3.Session(region_name="eu-west-1")
        self.session.events.register("before-sign.pinpoint", self._sign)

    def _sign(self, **_):
        self.is_signing.set()
        assert self.may_be_signed.wait(60)

    @contextlib.asynccontextmanager
    async def client(self, peer, *, owned):
        url = f"http://127.0.0.1:{peer.port}"
        if owned:
            async with AsyncPinpointUsers("app", session=self.session, endpoint_url=url) as pinpoint:
                yield pinpoint
            return
        client = self.session.client("pinpoint", endpoint_url=url)
        async with AsyncPinpointUsers("app", client=client) as pinpoint:
            yield pinpoint
        client.close()


@pytest.mark.parametrize("owned", [True, False])
def test_after_a_second_cancel_credentials_that_come_late_send_nothing(message, owned):
    late = LateCredentials()

    async def main():
        async with late.client(peer, owned=owned) as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, ["u"]))
            await until(late.is_signing.is_set)
            report = await cancelled_twice(sending)
            late.may_be_signed.set()
            return report

    with Peer() as peer, threads_that_end():
        report = asyncio.run(main())
    assert report.users["u"].outcome is Outcome.NOT_SENT
    assert not peer.requests


def test_after_a_cancel_a_single_request_sends_nothing_any_more(message):
    late = LateCredentials()
    request = SendUsersMessageRequest(message_configuration=message, users={"u": EndpointSendConfiguration()})

    async def main():
        async with late.client(peer, owned=True) as pinpoint:
            sending = asyncio.create_task(pinpoint.send_users_messages(request))
            await until(late.is_signing.is_set)
            with noticing_stops() as has_stopped:
                sending.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await sending
                await until(has_stopped.is_set)
            late.may_be_signed.set()

    with Peer() as peer, threads_that_end():
        asyncio.run(main())
    assert not peer.requests


def test_what_is_half_out_is_broken_off(message):
    """A receiver that is slow to read doesn't get the rest afterwards."""
    text = "x" * 60_000
    users = {f"u-{number}": EndpointSendConfiguration(substitutions={"a": [text]}) for number in range(100)}

    async def main():
        async with AsyncPinpointUsers("app", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{port}") as pinpoint:
            sending = asyncio.create_task(pinpoint.send(message, users))
            connection, _ = await asyncio.to_thread(listener.accept)
            with connection:
                head = await asyncio.to_thread(connection.recv, 1_000)
                report = await cancelled_twice(sending)
                received = len(head)
                while piece := await asyncio.to_thread(connection.recv, 1 << 20):
                    received += len(piece)
            return report, received

    with socket.socket() as listener, threads_that_end():
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        report, received = asyncio.run(main())
    assert report.counts[Outcome.UNKNOWN] == 100
    assert received < 100 * len(text)


@pytest.mark.parametrize("requests_before", [0, WARM])
def test_a_connection_that_the_next_request_has_is_not_broken_off(requests_before):
    with Peer() as peer, sender(peer) as pinpoint:
        transport = pinpoint._transport
        for _ in range(requests_before):
            transport.post(*REQUEST)
        departure = Departure()
        transport.post_cancellable(departure, *REQUEST)
        assert not departure.cancel()
        transport.post(*REQUEST)
        assert len(peer.connections) == 1
