"""Every row of the table of failures, met over real sockets, through proxies and TLS: what is said to be unsent is unsent."""

from __future__ import annotations

import contextlib
import gc
import os
import socket
import sys
import traceback
from typing import Any

import attrs
import boto3
import botocore.httpsession
import pytest
from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool
from botocore.config import Config
from peer import Peer, answer, answer_to, close, hang, reset, say

from pinpoint_users import (
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    CredentialsError,
    EndpointSendConfiguration,
    PinpointUsers,
    ReadTimeoutError,
    RequestError,
    RunStoppedError,
    SendUsersMessageRequest,
    Sent,
    UnreadableResponseError,
)
from pinpoint_users._transport import boto
from pinpoint_users._transport.failures import FAILURES, Moment, failure_of

# Before Python 3.12 http.client itself leaves the answer to a CONNECT open, which the garbage collector closes.
pytestmark = pytest.mark.filterwarnings(r"ignore:Exception ignored in. <socket.socket \[closed\]")
LEAVES_CONNECT_OPEN = sys.version_info < (3, 12)
SHORT, LONG = 1.0, 10.0  # seconds that are waited: where that is all that happens, and elsewhere
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
REFUSAL = b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n"
ALERT = bytes.fromhex("15030300020246")  # "protocol_version"
UNREACHABLE = "unreachable"
PERHAPS = {ReadTimeoutError, ConnectionLostError, UnreadableResponseError}


@attrs.frozen
class Case:
    """What goes wrong where, and its row in the table, where connections are watched and where they aren't."""

    name: str
    kind: str
    at: Any
    act: Any
    row: str
    unwatched: str
    certificate: str = "good"
    bundle: str = "bundle"


BROKEN, LATE = "connection broken", "no answer in time"
UNREADABLE = ""  # an answer, but not one to this request

AFTER_THE_REQUEST = [
    ("closed half way", "half", close, BROKEN, BROKEN),
    ("reset half way", "half", reset, BROKEN, BROKEN),
    ("closed", "request", close, BROKEN, BROKEN),
    ("reset", "request", reset, BROKEN, BROKEN),
    ("no answer", "request", hang, LATE, LATE),
    ("no HTTP", "request", say(b"hello\r\n\r\n"), BROKEN, BROKEN),
    ("closed in the status", "request", say(b"HTTP/1.1 2"), BROKEN, BROKEN),
    ("closed in the head", "request", say(HEAD[:30]), BROKEN, UNREADABLE),
    ("closed in the body", "request", say(HEAD + b"{"), UNREADABLE, UNREADABLE),
    ("no end of the head", "request", say(HEAD[:30], hang), LATE, LATE),
    ("no end of the body", "request", say(HEAD + b"{", hang), LATE, LATE),
    ("a chunk without a length", "request", say(CHUNKED + b"xyz\r\n"), BROKEN, BROKEN),
    ("closed in a chunk", "request", say(CHUNKED + b"ff\r\n{"), BROKEN, BROKEN),
    ("no end of the chunks", "request", say(CHUNKED + b"1\r\n{\r\n", hang), LATE, LATE),
    (
        "what says that it is zipped",
        "request",
        say(answer(b"{}", headers="Content-Encoding: gzip\r\n")),
        UNREADABLE,
        UNREADABLE,
    ),
    ("another protocol", "request", say(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", hang), BROKEN, UNREADABLE),
]
TLS = [
    ("closed in the handshake", "handshake", close, "TLS cut off", BROKEN),
    ("reset in the handshake", "handshake", reset, "not connected", BROKEN),
    ("hangs in the handshake", "handshake", hang, "not connected", LATE),
    ("no TLS", "handshake", say(REFUSAL % b"400 Bad Request"), "no TLS", BROKEN),
    ("another version of TLS", "handshake", say(ALERT), "no TLS", BROKEN),
]
REFUSED, REFUSED_FOR_GOOD = ("not connected", "CONNECT refused"), ("CONNECT refused for good",) * 2
CASES = [
    *[
        Case(f"{kind}: refused", kind, UNREACHABLE, None, *("not connected",) * 2)
        for kind in ("http", "https", "proxy", "tunnel")
    ],
    *[
        Case(f"{kind}: {name}", kind, *rest)
        for kind in ("http", "https", "proxy", "tunnel")
        for name, *rest in AFTER_THE_REQUEST
    ],
    Case("tunnel: closed", "tunnel", "connect", close, "not connected", BROKEN),
    Case("tunnel: reset", "tunnel", "connect", reset, "not connected", BROKEN),
    Case("tunnel: hangs", "tunnel", "connect", hang, "not connected", LATE),
    Case("tunnel: no HTTP", "tunnel", "connect", say(b"hello\r\n\r\n"), "not connected", BROKEN),
    Case("tunnel: 407", "tunnel", "connect", say(REFUSAL % b"407 Proxy Authentication Required"), *REFUSED_FOR_GOOD),
    Case("tunnel: 403", "tunnel", "connect", say(REFUSAL % b"403 Forbidden"), *("CONNECT forbidden",) * 2),
    Case("tunnel: 404", "tunnel", "connect", say(REFUSAL % b"404 Not Found"), *REFUSED_FOR_GOOD),
    Case("tunnel: 429", "tunnel", "connect", say(REFUSAL % b"429 Too Many Requests"), *REFUSED),
    Case("tunnel: 502", "tunnel", "connect", say(REFUSAL % b"502 Bad Gateway"), *REFUSED),
    *[Case(f"{kind}: {name}", kind, *rest) for kind in ("https", "tunnel") for name, *rest in TLS],
    *[
        case
        for kind, refused in (("https", "certificate refused"), ("tunnel", "certificate refused"))
        for case in (
            Case(f"{kind}: another host's certificate", kind, None, None, "no TLS", refused, certificate="of_another_host"),
            Case(f"{kind}: an untrusted certificate", kind, None, None, "no TLS", refused, certificate="untrusted"),
            Case(f"{kind}: no bundle", kind, None, None, "no TLS", BROKEN, bundle="no_bundle"),
            Case(f"{kind}: a bundle that is missing", kind, None, None, "no TLS", BROKEN, bundle="missing_bundle"),
        )
    ],
]


def ways(case):
    """The fast path follows a first request; a caller's client is watched alike; unwatched, a proxy is like a server.

    A connection that is kept needs no urllib3, unless there is a proxy.
    """
    yield "boto3"
    if case.bundle == "bundle":
        yield "fast path"
    if case.at == "request" and case.kind in {"http", "https"}:
        yield "kept connection"
    if case.kind == "tunnel":
        yield "own client"
    if case.kind in {"http", "tunnel"} or case.at not in {"half", "request"}:
        yield "unwatched"


ROWS = {row.name: row for row in FAILURES}
HEADERS = {"no header", "header refused", "unwatched: header refused"}
CREDENTIALS = {"no credentials", "credentials out of date", "no file of credentials"}
OTHER_ROWS = {
    *HEADERS,
    *CREDENTIALS,
    "not prepared",
    "SOCKS",
    "unwatched: no address",
    "unwatched: unreadable address",
}  # which further tests meet


@pytest.fixture(autouse=True)
def rows(monkeypatch):
    """The names of the rows that a test meets."""
    for name in ("no_proxy", "NO_PROXY"):
        if name in os.environ:
            monkeypatch.delenv(name)
    met, translate_error = [], boto.translate_error

    def observed(operation, moment, error, *, outer=None):
        met.append(failure_of(moment, error, outer=outer).name)
        return translate_error(operation, moment, error, outer=outer)

    monkeypatch.setattr(boto, "translate_error", observed)
    yield met
    if LEAVES_CONNECT_OPEN:
        gc.collect()


def request(message, user="u"):
    return SendUsersMessageRequest(message_configuration=message, users={user: EndpointSendConfiguration()})


def client_of_the_callers(url, *, watched=True, **config):
    client = boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=url, config=Config(**config))
    if not watched:
        client._endpoint.http_session._pool_classes_by_scheme.update(  # as one who needs pools of their own would do
            http=type("Pool", (AWSHTTPConnectionPool,), {}), https=type("Pool", (AWSHTTPSConnectionPool,), {})
        )
    return client


@contextlib.contextmanager
def sender(way, peer, monkeypatch, *, connect=LONG, read=LONG):
    scheme, host = {
        "http": ("http", f"127.0.0.1:{peer.port}"),
        "https": ("https", f"localhost:{peer.port}"),
        "proxy": ("http", "pinpoint.test"),
        "tunnel": ("https", "pinpoint.test"),
    }[peer.kind]
    if peer.kind in {"proxy", "tunnel"}:
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://127.0.0.1:{peer.port}")
    url = f"{scheme}://{host}"
    times = {"connect_timeout": connect, "read_timeout": read}
    if way in {"boto3", "fast path", "kept connection"}:
        made = PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, allow_plain_http=True, **times)
    else:
        made = PinpointUsers("app", client=client_of_the_callers(url, watched=way != "unwatched", **times))
    with made as pinpoint:
        yield pinpoint


@pytest.mark.parametrize(
    ("case", "way"), [pytest.param(case, way, id=f"{case.name}, {way}") for case in CASES for way in ways(case)]
)
def test_what_goes_wrong_is_not_sent_or_perhaps_sent(*, monkeypatch, certificates, message, rows, case, way):
    monkeypatch.setenv("AWS_CA_BUNDLE", getattr(certificates, case.bundle))
    peer = Peer(case.kind, at=case.at, act=case.act, context=certificates.good)
    read = SHORT if LATE in {case.row, case.unwatched} else LONG
    connect = LONG if case.at == "request" else read  # a run gives a request up after both, which mustn't come first
    with peer, sender(way, peer, monkeypatch, connect=connect, read=read) as pinpoint:
        if way == "fast path":
            peer.answers = lambda body: answer_to(body, headers="Connection: close\r\n")
            pinpoint.send_users_messages(request(message))
        if way == "kept connection":
            for _ in range(3):
                pinpoint.send_users_messages(request(message))
        peer.requests.clear()
        peer.is_failing, peer.context = True, getattr(certificates, case.certificate)
        if case.at == UNREACHABLE:
            peer.stop_listening()
        error = refused_with(pinpoint, message)
        received = [*peer.requests]
    row = case.unwatched and f"unwatched: {case.unwatched}" if way == "unwatched" else case.row
    assert rows == [row] * bool(row)
    assert type(error) is (ROWS[row].error if row else UnreadableResponseError)
    assert error.sent is (Sent.PERHAPS_SENT if type(error) in PERHAPS else Sent.NOT_SENT)
    was_written = case.at in {"half", "request"}
    assert len(received) == was_written
    assert way == "unwatched" or error.sent is (Sent.PERHAPS_SENT if was_written else Sent.NOT_SENT)


def test_every_row_is_met():
    met = {case.row for case in CASES} | {f"unwatched: {case.unwatched}" for case in CASES if case.unwatched}
    assert (met | OTHER_ROWS) - {UNREADABLE} == set(ROWS)


def refused_with(pinpoint, message):
    with pytest.raises(RequestError) as caught:
        pinpoint.send_users_messages(request(message))
    return caught.value


@pytest.mark.parametrize("watched", [True, False])
def test_a_name_that_is_not_found_is_not_sent(monkeypatch, message, watched):
    def not_found(*_args, **_kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    with PinpointUsers("app", client=client_of_the_callers("http://pinpoint.test", watched=watched)) as pinpoint:
        error = refused_with(pinpoint, message)
    assert (type(error), error.sent) == (ConnectionFailedError, Sent.NOT_SENT)
    assert '" (Name or service not known): nothing was sent' in str(error)


@pytest.mark.parametrize("watched", [True, False])
def test_a_host_that_does_not_answer_is_not_sent(message, watched):
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # nobody accepts these, so there is room for no more
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(full.getsockname())
        client = client_of_the_callers(f"http://127.0.0.1:{full.getsockname()[1]}", watched=watched, connect_timeout=SHORT)
        error = refused_with(stack.enter_context(PinpointUsers("app", client=client)), message)
    assert (type(error), error.sent) == (ConnectionFailedError, Sent.NOT_SENT)


def test_a_proxys_settings_that_cannot_be_used_are_not_sent(message, rows):
    config = {"proxies": {"http": "http://127.0.0.1:1"}, "proxies_config": {"proxy_ca_bundle": "/nonexistent.pem"}}
    with PinpointUsers("app", client=client_of_the_callers("http://pinpoint.test", **config)) as pinpoint:
        error = refused_with(pinpoint, message)
    assert (type(error), error.sent) == (ConfigurationError, Sent.NOT_SENT)
    assert rows == ["unwatched: no address"]


@pytest.mark.parametrize("proxy", ["http://user:pass#word@127.0.0.1:1", "http://user:pass/word@127.0.0.1:1"])
def test_a_proxys_url_that_cannot_be_read_is_not_shown(message, rows, proxy):
    with PinpointUsers("app", client=client_of_the_callers("http://pinpoint.test", proxies={"http": proxy})) as pinpoint:
        error = refused_with(pinpoint, message)
    assert (type(error), error.sent) == (ConfigurationError, Sent.NOT_SENT)
    assert rows == ["unwatched: unreadable address"]
    assert "HTTPS_PROXY" in str(error)
    assert "pass" not in "".join(traceback.format_exception(error)).replace("password", "")


def test_a_proxy_of_a_kind_that_botocore_does_not_know(message, rows):
    proxies = {"http": "socks5://user:secret@127.0.0.1:1"}
    with PinpointUsers("app", client=client_of_the_callers("http://pinpoint.test", proxies=proxies)) as pinpoint:
        error = refused_with(pinpoint, message)
    assert (type(error), error.sent) == (ConfigurationError, Sent.NOT_SENT)
    assert rows == ["SOCKS"]
    assert "socks5://***:***@127.0.0.1:1" in str(error)
    assert "botocore has no SOCKS" in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway"])
def test_a_proxys_own_answer_is_read_as_the_services(monkeypatch, message, status):
    peer = Peer("proxy", at="request", act=say(answer(b"", status=status)), is_failing=True)
    with peer, sender("boto3", peer, monkeypatch) as pinpoint:
        error = refused_with(pinpoint, message)
    assert error.status_code == int(status[:3])
    assert error.sent is (Sent.NOT_SENT if status.startswith("4") else Sent.PERHAPS_SENT)


def test_credentials_and_what_fails_before_the_request_is_made_are_not_sent(monkeypatch, message, rows):
    client = client_of_the_callers("http://127.0.0.1:1")

    def refuse(**_):
        raise ValueError("not today")

    client.meta.events.register("before-sign.pinpoint.*", refuse)
    with PinpointUsers("app", client=client) as pinpoint:
        error = refused_with(pinpoint, message)
        assert (type(error), error.sent) == (ConfigurationError, Sent.NOT_SENT)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url="http://127.0.0.1:1") as pinpoint:
        assert type(refused_with(pinpoint, message)) is CredentialsError
    assert rows == ["not prepared", "no credentials"]


@pytest.mark.parametrize(
    ("watched", "variable", "value", "row"),
    [
        (True, "AWS_ACCESS_KEY_ID", "ACCESS\n", "header refused"),
        (True, "AWS_SESSION_TOKEN", "SECRET\n", "header refused"),
        (False, "AWS_SESSION_TOKEN", "SECRET\n", "unwatched: header refused"),
    ],
)
def test_credentials_that_no_header_can_have_stop_the_run_and_are_not_shown(
    *, monkeypatch, message, rows, watched, variable, value, row
):
    """Such as of a Kubernetes secret that was made by `echo`: boto3 shows the token, and tries five times."""
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # which has found credentials before
    with Peer(at="request", act=close, is_failing=True) as peer:
        client = client_of_the_callers(f"http://127.0.0.1:{peer.port}", watched=watched)
        with PinpointUsers("app", client=client) as pinpoint, pytest.raises(RunStoppedError) as caught:
            pinpoint.send(message, ["u"])
        assert not peer.requests
    error = caught.value.reason
    assert (type(error), error.sent, rows) == (CredentialsError, Sent.NOT_SENT, [row])
    assert "AWS_SESSION_TOKEN" in str(error)
    shown = "".join(traceback.format_exception(caught.value))
    assert not any(secret in shown for secret in ("ACCESS\\n", "SECRET", "Signature="))


def test_a_token_of_a_role_that_no_header_can_have_is_not_shown(monkeypatch, tmp_path, message, rows):
    (tmp_path / "config").write_text("[profile app]\nrole_arn = arn:aws:iam::1:role/x\ncredential_source = Environment\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SESSION_TOKEN", "SECRET\n")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
    arguments = {"profile_name": "app", "region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:1"}
    with PinpointUsers("app", **arguments) as pinpoint:
        error = refused_with(pinpoint, message)
    assert (type(error), rows) == (CredentialsError, ["no header"])
    assert "SECRET" not in "".join(traceback.format_exception(error))


@pytest.mark.parametrize(
    ("config", "environment", "row"),
    [
        (
            """[default]\ncredential_process = echo '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", """
            """"Expiration": "2020-01-01T00:00:00Z"}'\n""",
            {},
            "credentials out of date",
        ),
        ("", {"AWS_ROLE_ARN": "arn:aws:iam::1:role/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/no"}, "no file of credentials"),
    ],
)
def test_credentials_that_cannot_be_had_are_told_as_credentials(
    *, monkeypatch, tmp_path, message, rows, config, environment, row
):
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url="http://127.0.0.1:1") as pinpoint:
        error = refused_with(pinpoint, message)
    assert (type(error), error.sent, rows) == (CredentialsError, Sent.NOT_SENT, [row])


@pytest.mark.parametrize("status", ["403 Forbidden", "500 Internal Server Error"])
def test_an_error_of_the_service_that_credentials_come_from_is_not_sent(monkeypatch, tmp_path, message, status):
    (tmp_path / "config").write_text(
        "[profile app]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = base\n[profile base]\nmax_attempts = 1\n[default]\n"
    )
    (tmp_path / "credentials").write_text("[base]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    refusal = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
    with Peer(at="request", act=say(answer(refusal, status=status)), is_failing=True) as sts:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", f"http://127.0.0.1:{sts.port}")
        arguments = {"profile_name": "app", "region_name": "eu-west-1", "endpoint_url": "http://127.0.0.1:1"}
        with PinpointUsers("app", **arguments) as pinpoint:
            error = refused_with(pinpoint, message)
    assert (type(error), error.sent) == (CredentialsError, Sent.NOT_SENT)
    assert "AssumeRole" in str(error)


def raise_timeout():
    raise TimeoutError


def test_what_was_handled_before_is_no_part_of_the_error(monkeypatch, message):
    """Such as a connection of the caller's that timed out."""

    def fail(*_args):
        raise ConnectionResetError("reset")

    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", fail)
    with PinpointUsers("app", client=client_of_the_callers("http://127.0.0.1:1")) as pinpoint:
        try:
            raise_timeout()
        except TimeoutError:
            error = refused_with(pinpoint, message)
    assert (type(error), error.sent) == (ConnectionLostError, Sent.PERHAPS_SENT)


def test_each_moment_ends_with_a_row_that_fits_any():
    for moment in Moment:
        assert failure_of(moment, Exception()) == [row for row in FAILURES if row.moment is moment][-1]
