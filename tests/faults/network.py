"""What goes wrong between the client and the service: proxies, TLS, answers that nobody asked for."""

from __future__ import annotations

import contextlib
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from unittest import mock

from faults.relay import Kind, Mishap, Relay
from faults.scene import Scene, run
from faults.tally import ATTEMPTS, Tally

from pinpoint_users import PinpointUsers

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def play_proxy(scene: Scene) -> Tally:
    """Through a proxy over HTTP, which loses connections before and after it has handed on a request."""
    return _through(scene, "proxy", ("accept", "before", "half", "after", "reset-after", "cut"))


def play_tunnel(scene: Scene) -> Tally:
    """Through a proxy by CONNECT, with TLS to the service in it."""
    return _through(scene, "tunnel", ("accept", "connect", "handshake", "before", "half", "after", "reset-after", "cut"))


def play_handshakes(scene: Scene) -> Tally:
    """TLS handshakes that fail; connections end after some requests, so that there are more handshakes."""
    return _through(scene, "tls", ("handshake", "handshake", "handshake", "after"))


def play_unasked(scene: Scene) -> Tally:
    """Answers that nobody asked for, before and after those that somebody did.

    One that comes late may be taken for the next request's answer, which shows where answers name users.
    """
    are_told_apart = scene.way.routes is None
    random = Random(scene.random.random())

    def say(previous: bytes, answer: bytes) -> tuple[bytes, bytes]:
        before = random.choice([b"", b"", EARLY_HINTS, CONTINUE + EARLY_HINTS])
        after = random.choice([b"", b"", previous, answer, answer[:50], b"\r\n", b"x", EARLY_HINTS])
        is_late = are_told_apart and random.random() < 0.3
        return (before + answer, after) if is_late else (before + answer + after, b"")

    return _through(scene, "plain", (), say)


def _through(
    scene: Scene,
    kind: Kind,
    mishaps: tuple[Mishap, ...],
    say: Callable[[bytes, bytes], tuple[bytes, bytes]] = lambda _previous, answer: (answer, b""),
) -> Tally:
    stage, random = scene.stage, scene.random
    with contextlib.ExitStack() as stack:
        context = stack.enter_context(_certified()) if kind in {"tls", "tunnel"} else None
        relay = stack.enter_context(
            Relay(kind, stage.server.port, Random(random.random()), mishaps, random.uniform(0.1, 0.4), context, say)
        )
        pinpoint = stack.enter_context(_client(scene, relay, stack))
        ran = run(pinpoint, scene.users, door=scene.door)
    stage.settle()
    tally = scene.counted(scene.users, ran, stage.got())
    if ran.has_ended_early:
        tally.wrong += 1
        tally.ended_early[repr(ran.reason or ran.raised)] += 1
    tally.met = relay.met
    return tally


def _client(scene: Scene, relay: Relay, stack: contextlib.ExitStack) -> PinpointUsers:
    url = {
        "plain": f"http://localhost:{relay.port}",
        "tls": f"https://localhost:{relay.port}",
        "proxy": "http://pinpoint.test",
        "tunnel": "https://pinpoint.test",
    }[relay.kind]
    scheme = {"proxy": "HTTP_PROXY", "tunnel": "HTTPS_PROXY"}.get(relay.kind)
    proxy = {"no_proxy": "", scheme: f"http://127.0.0.1:{relay.port}"} if scheme else {}
    stack.enter_context(mock.patch.dict(os.environ, proxy))  # boto3 reads it when the client for a service is made
    return PinpointUsers(
        scene.stage.local.application_id,
        region_name="eu-west-1",
        endpoint_url=url,
        retry=scene.policy(max_attempts=ATTEMPTS["resend"]),
        concurrency=scene.concurrency,
        allow_plain_http=True,
        directory=scene.stage.directory,
        routes=scene.way.routes,
    )


@contextlib.contextmanager
def _certified() -> Iterator[ssl.SSLContext]:
    """A certificate of the service's host, which boto3 trusts."""
    import trustme  # what only these rows need

    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "pinpoint.test").configure_cert(context)
    with tempfile.TemporaryDirectory() as directory:
        bundle = Path(directory) / "bundle.pem"
        authority.cert_pem.write_to_path(str(bundle))
        with mock.patch.dict(os.environ, AWS_CA_BUNDLE=str(bundle)):
            yield context
