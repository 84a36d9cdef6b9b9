"""Who looks on at requests, or has put something of their own in the way, sees each: those go urllib3's way."""

from __future__ import annotations

import http.client
import logging

import botocore.awsrequest
import botocore.httpsession
import pytest
import urllib3
import urllib3.connection
import urllib3.connectionpool
import urllib3.util.connection
from exchanging import WARM, post, sender, warm
from peer import Peer

LOOKED_ON = [
    (http.client.HTTPConnection, "putheader"),
    (http.client.HTTPConnection, "endheaders"),
    (http.client.HTTPConnection, "getresponse"),
    (http.client.HTTPResponse, "begin"),
    (urllib3.connection.HTTPConnection, "request"),
    (urllib3.connectionpool.HTTPConnectionPool, "urlopen"),
    (urllib3.connectionpool.HTTPConnectionPool, "_make_request"),
    (botocore.awsrequest.AWSConnection, "request"),
    (botocore.httpsession.URLLib3Session, "send"),
    (botocore.httpsession.ProxyConfiguration, "proxy_url_for"),
    (urllib3.PoolManager, "connection_from_url"),
    (urllib3.HTTPResponse, "stream"),
    (http.client, "parse_headers"),
]


@pytest.mark.parametrize(("owner", "name"), LOOKED_ON, ids=lambda value: getattr(value, "__name__", value))
def test_who_looks_on_sees_each_request(message, monkeypatch, owner, name):
    calls, function = [], getattr(owner, name)

    def traced(*args, **kwargs):
        calls.append(name)
        return function(*args, **kwargs)

    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        monkeypatch.setattr(owner, name, traced)
        for number in range(1, 4):
            calls.clear()
            assert post(pinpoint, message, f"u-{number}") == ("r", {f"u-{number}"})
            assert calls
        monkeypatch.undo()


def test_who_looks_on_from_a_class_of_its_own_name_sees_each_request(message, monkeypatch):
    """`urlopen` is inherited there: what is put there wasn't there before."""
    owner, calls = botocore.awsrequest.AWSHTTPConnectionPool, []
    function = owner.urlopen

    def traced(*args, **kwargs):
        calls.append(args)
        return function(*args, **kwargs)

    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        monkeypatch.setattr(owner, "urlopen", traced, raising=False)
        post(pinpoint, message)
        post(pinpoint, message)
    assert len(calls) == 2


def test_what_python_adds_to_a_class_by_itself_changes_nothing(message, exchanges, monkeypatch):
    monkeypatch.setattr(botocore.awsrequest.AWSHTTPConnectionPool, "__note__", "added", raising=False)
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        before = len(exchanges)
        monkeypatch.setattr(botocore.awsrequest.AWSHTTPSConnectionPool, "__note__", "added", raising=False)
        post(pinpoint, message)
    assert len(exchanges) == before + 1


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_http_client_prints_each_answer(message, monkeypatch, capsys, when):
    if when == "before":
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
        capsys.readouterr()
        post(pinpoint, message)
        post(pinpoint, message)
    assert capsys.readouterr().out.count("reply: 'HTTP/1.1 200 OK") == 2


def test_urllib3_s_log_has_each_request(message, caplog):
    with Peer() as peer, sender(peer) as pinpoint:
        warm(pinpoint, message)
        with caplog.at_level(logging.DEBUG, logger="urllib3.connectionpool"):
            post(pinpoint, message)
    assert "users-messages HTTP/1.1" in caplog.text


def test_headers_that_are_not_plain_go_urllib3_s_way(message, exchanges, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "tökén")
    with Peer() as peer, sender(peer) as pinpoint:
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges
    assert all("tökén".encode(encoding) in head for head, encoding in zip(peer.heads, ["utf-8", *["latin-1"] * 4], strict=True))


def test_headers_that_are_written_in_another_way_go_urllib3_s_way(message, exchanges, monkeypatch):
    """By whatever was there before the client was."""
    putheader = http.client.HTTPConnection.putheader

    def in_small_letters(self, name, *values):
        putheader(self, name.lower(), *values)

    monkeypatch.setattr(http.client.HTTPConnection, "putheader", in_small_letters)
    with Peer() as peer, sender(peer) as pinpoint:
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges
    assert all(b"content-length: " in head for head in peer.heads)


def test_a_connection_of_somebody_else_s_is_left_to_urllib3(message, exchanges, monkeypatch):
    class Connection(botocore.awsrequest.AWSHTTPConnection):
        pass

    with Peer() as peer, sender(peer) as pinpoint:
        monkeypatch.setattr(botocore.awsrequest.AWSHTTPConnectionPool, "ConnectionCls", Connection)
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges


def test_a_socket_of_somebody_else_s_is_left_to_urllib3(message, exchanges, monkeypatch):
    class Socket:
        def __init__(self, sock):
            self._sock = sock

        def __getattr__(self, name):
            return getattr(self._sock, name)

    connect = urllib3.util.connection.create_connection
    monkeypatch.setattr(urllib3.util.connection, "create_connection", lambda *a, **k: Socket(connect(*a, **k)))
    with Peer() as peer, sender(peer) as pinpoint:
        for _ in range(WARM + 2):
            assert post(pinpoint, message) == ("r", {"u-1"})
    assert not exchanges
    assert len(peer.connections) == 1
