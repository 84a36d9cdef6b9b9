"""The client for asyncio goes the same way: certificates, proxies and sessions are boto3's."""

from __future__ import annotations

import asyncio

import boto3
import pytest
from botocore.config import Config
from peer import Peer

from pinpoint_users import AsyncPinpointUsers


async def send(message, **how):
    async with AsyncPinpointUsers("app", **how) as pinpoint:
        (await pinpoint.send(message, ["u-1", "u-2"])).raise_for_failures()
        results = [result async for result in pinpoint.stream(message, ["u-3"])]
        assert [result.user_id for result in results] == ["u-3"]


@pytest.mark.parametrize("way", ["arguments", "a session", "a client"])
@pytest.mark.parametrize("kind", ["http", "https", "proxy", "tunnel"])
def test_through_every_kind_of_server(kind, way, certificates, message, monkeypatch):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CA_BUNDLE", certificates.bundle)
    with Peer(kind, context=certificates.good) as peer:
        scheme = "https" if kind in {"https", "tunnel"} else "http"
        if kind in {"proxy", "tunnel"}:
            monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{peer.port}")
        url = f"{scheme}://pinpoint.test" if kind in {"proxy", "tunnel"} else f"{scheme}://localhost:{peer.port}"
        session = boto3.Session("of-the-session", "secret", region_name="eu-west-1")
        how = {
            "arguments": {"region_name": "eu-west-1", "endpoint_url": url, "allow_plain_http": True},
            "a session": {"session": session, "endpoint_url": url, "allow_plain_http": True},
            "a client": {"client": session.client("pinpoint", endpoint_url=url, config=Config(connect_timeout=10))},
        }[way]
        asyncio.run(send(message, **how))
        keys = {b"Credential=of-the-session/" in head for head in peer.heads}
        assert len(peer.requests) == 2
    assert keys == {way != "arguments"}
