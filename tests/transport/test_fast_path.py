"""The fast path: requests are the same on the wire as the first, and rightly signed."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import boto3
import botocore.client
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials
from botocore.handlers import BUILTIN_HANDLERS
from hypothesis import given
from hypothesis import strategies as st
from stopping import stopped_by

from pinpoint_users import (
    CredentialsError,
    DirectMessageConfiguration,
    EndpointMessageResult,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    SMSMessage,
    ThrottledError,
)
from pinpoint_users._transport.direct import Pattern, Signing

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
OF_EACH = {"authorization", "amz-sdk-invocation-id", "x-amz-date"}
REGION = "eu-west-1"


class Server:
    """Keeps the requests, and answers that the first of two endpoints was throttled."""

    def __init__(self):
        self.requests = []
        self.status = 200
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.requests.append(SimpleNamespace(path=self.path, headers=dict(self.headers), body=body))
                answer = server.answer(json.loads(body))
                self.send_response(server.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_arguments):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=[0.01])
        self._thread.start()

    def answer(self, body):
        if "Endpoints" in body:
            return b'{"RequestId": "r-2", "EndpointResult": {"e-1": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}}}'
        throttled = {"DeliveryStatus": "THROTTLED", "StatusCode": 429}
        successful = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}
        return json.dumps(
            {
                "ApplicationId": "app",
                "RequestId": "r-1",
                "Result": {user: {"e-1": throttled, "e-2": successful} for user in body["Users"]},
            }
        ).encode()

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


@contextmanager
def sender(server, application_id="app", **settings):
    settings = {"region_name": REGION, "endpoint_url": server.url, **settings}
    with PinpointUsers(application_id, retry=RetryPolicy(base_delay=0.0), **settings) as pinpoint:
        yield pinpoint


def send(pinpoint, user_id="u-1"):
    return pinpoint.send(MESSAGE, [user_id]).users[user_id]


def common(request):
    """What of a request is the same in each."""
    return request.path, {name: value for name, value in request.headers.items() if name.lower() not in OF_EACH}, request.body


def signature(server, request, credentials):
    """What botocore signs a request with that has come with these headers."""
    signed = re.search(r"SignedHeaders=([^,]+)", request.headers["Authorization"])[1].split(";")
    headers = {name: value for name, value in request.headers.items() if name.lower() in signed}
    again = AWSRequest(method="POST", url=server.url + request.path, headers=headers, data=request.body)
    again.context["timestamp"] = request.headers["X-Amz-Date"]
    auth = SigV4Auth(credentials, "mobiletargeting", REGION)
    return auth.signature(auth.string_to_sign(again, auth.canonical_request(again)), again)


@pytest.mark.parametrize("token", [None, "session-token"])
@pytest.mark.parametrize("application_id", ["app", "A-b_9"])
def test_later_requests_are_the_same_on_the_wire(server, monkeypatch, token, application_id):
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    with sender(server, application_id) as pinpoint:
        for _ in range(3):
            assert send(pinpoint).outcome is Outcome.SUCCESSFUL
    assert len(server.requests) == 6
    for first, *later in (server.requests[::2], server.requests[1::2]):  # users, and then endpoints again
        for request in (first, *later):
            assert common(request) == common(first)
            assert request.headers["Authorization"].endswith(signature(server, request, Credentials("key-id", "secret", token)))
    ids = [request.headers["amz-sdk-invocation-id"] for request in server.requests]
    assert len(set(ids)) == len(ids)


def test_a_body_is_that_of_its_own_request(server):
    with sender(server) as pinpoint:
        for user_id in ("u-1", "u-2", "u-3"):
            send(pinpoint, user_id)
    assert [list(json.loads(request.body)["Users"]) for request in server.requests[::2]] == [["u-1"], ["u-2"], ["u-3"]]


def test_head_and_body_are_written_at_once(server, monkeypatch):
    written = []
    sendall = socket.socket.sendall
    monkeypatch.setattr(socket.socket, "sendall", lambda self, data: written.append(bytes(data)) or sendall(self, data))
    with sender(server) as pinpoint:
        for _ in range(2):
            send(pinpoint)
    assert len([data for data in written if data.startswith(b"POST ")]) == len(server.requests)
    assert all(data.endswith(b"}") for data in written if data.startswith(b"POST "))


def test_credentials_are_renewed(server, monkeypatch, tmp_path):
    program = tmp_path / "credentials.py"
    program.write_text(
        "import json, pathlib\n"
        f"path = pathlib.Path({str(tmp_path / 'count')!r})\n"
        "number = int(path.read_text()) + 1 if path.exists() else 1\n"
        "path.write_text(str(number))\n"
        "import datetime\n"
        "soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)).isoformat()\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': f'key-{number}', 'SecretAccessKey': 's', 'Expiration': soon}))\n"
    )
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {sys.executable} {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with sender(server) as pinpoint:
        for _ in range(3):
            send(pinpoint)
    keys = [re.search(r"Credential=key-(\d+)/", request.headers["Authorization"])[1] for request in server.requests[::2]]
    assert keys == sorted(set(keys), key=int)


def test_credentials_that_cannot_be_renewed_send_nothing(server, monkeypatch, tmp_path):
    test_credentials_are_renewed(server, monkeypatch, tmp_path)
    server.requests.clear()
    with sender(server) as pinpoint:
        send(pinpoint)
        (tmp_path / "credentials.py").write_text("raise SystemExit(1)")
        with stopped_by(CredentialsError) as caught:
            send(pinpoint)
    assert caught.value.report.users["u-1"].outcome is Outcome.NOT_SENT
    assert len(server.requests) == 2


def test_another_status_of_success_is_read_too(server):
    with sender(server) as pinpoint:
        send(pinpoint)
        server.status = 202
        server.answer = lambda _body: (
            b'{"RequestId": "r", "Result": {"u-1": {"e": {"DeliveryStatus": "OPT_OUT", "StatusCode": 1}}}}'
        )
        user = send(pinpoint)
    assert user.endpoints == {"e": EndpointMessageResult(delivery_status="OPT_OUT", status_code=1)}


def test_an_error_that_is_no_json_is_read(server):
    with sender(server) as pinpoint:
        send(pinpoint)
        server.status = 429
        server.answer = lambda _body: b"<html>slow down</html>"
        user = send(pinpoint)
    assert isinstance(user.error, ThrottledError)
    assert user.attempts == 5


class TestWhoSeesEveryRequest:
    """Whoever has put something into boto3's way sees later requests too."""

    def test_handlers_of_a_session(self, server):
        session = boto3.Session(region_name=REGION)
        seen = []
        session.events.register("before-sign.pinpoint", lambda operation_name, **_: seen.append(operation_name))
        with sender(server, session=session) as pinpoint:
            send(pinpoint)
            send(pinpoint)
        assert seen == ["SendUsersMessages", "SendMessages"] * 2

    def test_handlers_of_a_client(self, server):
        client = boto3.client("pinpoint", region_name=REGION, endpoint_url=server.url)
        seen = []
        client.meta.events.register("before-sign.pinpoint", lambda operation_name, **_: seen.append(operation_name))
        with PinpointUsers("app", client=client, retry=RetryPolicy(base_delay=0.0)) as pinpoint:
            send(pinpoint)
            send(pinpoint)
        assert seen == ["SendUsersMessages", "SendMessages"] * 2

    def test_what_answers_for_all_of_botocores_clients(self, server, monkeypatch):
        """As moto does."""
        answers = []

        def answer(request, **_):
            answers.append(request.url)
            return AWSResponse(
                request.url, 200, {}, SimpleNamespace(stream=lambda: iter([server.answer(json.loads(request.body))]))
            )

        monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", [*BUILTIN_HANDLERS, ("before-send", answer)])
        with sender(server) as pinpoint:
            assert send(pinpoint).outcome is Outcome.SUCCESSFUL
            assert send(pinpoint).outcome is Outcome.SUCCESSFUL
        assert len(answers) == 4
        assert not server.requests

    def test_headers_of_each_request(self, server, monkeypatch):
        """As AWS Lambda wants one."""
        monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "function")
        with sender(server) as pinpoint:
            for number in (1, 2):
                monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root=1;number={number}")
                send(pinpoint)
        seen = [request.headers["X-Amzn-Trace-Id"] for request in server.requests]
        assert seen == ["Root=1;number=1"] * 2 + ["Root=1;number=2"] * 2


@pytest.mark.parametrize(
    ("version", "signing"), [("v4a", {}), ("none", {}), ("v4", {"region": REGION, "identity_cache": object()})]
)
def test_another_way_of_signing_makes_no_pattern(version, signing):
    request = AWSRequest(method="POST", url="https://pinpoint.example/")
    request.context["signing"] = signing
    assert Signing.of(request, object(), "mobiletargeting", REGION, version) is None


def botocores_signature(signing, timestamp, text):
    request = AWSRequest()
    request.context["timestamp"] = timestamp
    auth = SigV4Auth(signing.credentials(), signing.name, signing.region)
    return auth.credential_scope(request), auth.signature(auth.string_to_sign(request, text), request)


@given(
    requests=st.lists(
        st.tuples(
            st.sampled_from(["secret", "another", "tökén"]),
            st.datetimes().map("{:%Y%m%dT%H%M%SZ}".format),
            st.text(),
        ),
        max_size=5,
    )
)
def test_a_request_is_signed_as_botocore_signs_it(requests):
    """Whatever day it is, and however often the secret changes."""
    now = ["secret"]
    signer = SimpleNamespace(get_auth_instance=lambda *_, **__: SimpleNamespace(credentials=Credentials("key-id", now[0])))
    signing = Signing(signer, "mobiletargeting", REGION)
    for now[0], timestamp, text in requests:
        for _ in range(2):
            made = signing.sign(signing.credentials(), timestamp, text)
            assert made == botocores_signature(signing, timestamp, text)


def test_another_signature_of_botocore_s_makes_no_pattern(monkeypatch):
    signer = SimpleNamespace(get_auth_instance=lambda *_, **__: SimpleNamespace(credentials=Credentials("key-id", "secret")))
    request = AWSRequest(method="POST", url="https://pinpoint.example/", headers={"Content-Type": "application/json"})
    monkeypatch.setattr(SigV4Auth, "signature", lambda *_: "0" * 64)
    assert Pattern.of(request.prepare(), Signing(signer, "mobiletargeting", REGION)) is None


def test_an_unknown_header_makes_no_pattern():
    signer = SimpleNamespace(get_auth_instance=lambda *_, **__: SimpleNamespace(credentials=Credentials("key-id", "secret")))
    signing = Signing(signer, "mobiletargeting", REGION)
    request = AWSRequest(method="POST", url="https://pinpoint.example/", headers={"Content-Type": "application/json"})
    assert Pattern.of(request.prepare(), signing) is not None
    request.headers["Content-Encoding"] = "gzip"
    assert Pattern.of(request.prepare(), signing) is None
