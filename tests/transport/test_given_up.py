"""A request that its run gives up before it went out never does: counted at the receiver, over real connections."""

from __future__ import annotations

import asyncio
import contextlib
import threading

import boto3
import pytest
from aio.endings import cancelled
from exchanging import WARM, sender
from peer import Peer
from stopping import noticing_stops
from waiting import until

from pinpoint_users import AsyncPinpointUsers, ConnectionFailedError, Outcome
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


async def _late_cancel(pinpoint, message, is_signing, may_be_signed):
    sending = asyncio.create_task(pinpoint.send(message, ["u"]))
    await until(is_signing.is_set)
    with noticing_stops() as has_stopped:
        sending.cancel()  # finishes what is under way
        await until(has_stopped.is_set)
    while not sending.done():
        sending.cancel()  # gives it up
        await asyncio.sleep(0.001)
    may_be_signed.set()
    return await cancelled(sending)


@pytest.mark.parametrize("owned", [True, False])
def test_after_a_second_cancel_credentials_that_come_late_send_nothing(message, owned):
    is_signing, may_be_signed = threading.Event(), threading.Event()

    def sign_late(**_):
        is_signing.set()
        may_be_signed.wait()

    async def main(url):
        session = boto3.Session(region_name="eu-west-1")
        session.events.register("before-sign.pinpoint", sign_late)
        client = None if owned else session.client("pinpoint", endpoint_url=url)
        made = {"session": session, "endpoint_url": url} if owned else {"client": client}
        async with AsyncPinpointUsers("app", **made) as pinpoint:
            report = await _late_cancel(pinpoint, message, is_signing, may_be_signed)
        if client is not None:
            client.close()
        return report

    with Peer() as peer:
        before = {*threading.enumerate()}
        report = asyncio.run(main(f"http://127.0.0.1:{peer.port}"))
        for thread in {*threading.enumerate()} - before:
            if thread.name == "pinpoint-users":
                thread.join(10)
                assert not thread.is_alive()
    assert report.users["u"].outcome is Outcome.NOT_SENT
    assert not peer.requests
