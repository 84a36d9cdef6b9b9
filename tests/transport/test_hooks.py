"""Whoever takes part in boto3's calls sees the real parameters, and what they change goes out."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from unittest.mock import MagicMock, Mock, create_autospec, patch

import boto3
import botocore.client
import pytest
from botocore.awsrequest import AWSHTTPConnection, AWSHTTPConnectionPool
from botocore.stub import Stubber
from peer import Peer, result_of
from urllib3 import HTTPConnectionPool

from pinpoint_users import DirectMessageConfiguration, EmailMessage, PinpointUsers, RawEmail, SMSMessage, ValidationError

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
PARAMETERS = {
    "ApplicationId": "app",
    "SendUsersMessageRequest": {"MessageConfiguration": {"SMSMessage": {"Body": "hello"}}, "Users": {"u": {}}},
}
ANSWER = {"SendUsersMessageResponse": json.loads(result_of(["u"]))}


@pytest.fixture
def peer():
    with Peer() as peer:
        yield peer


def client_of(peer):
    return boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{peer.port}")


def send(message=MESSAGE, **made):
    with PinpointUsers("app", **made) as pinpoint:
        pinpoint.send(message, ["u"]).raise_for_failures()
        pinpoint.send(message, ["u"]).raise_for_failures()


EVENTS = ("provide-client-params", "before-parameter-build")


@pytest.mark.parametrize("event", EVENTS)
def test_a_handler_sees_the_parameters_and_changes_them(peer, event):
    seen, client = [], client_of(peer)

    def add_trace(params, **_):
        seen.append(json.loads(json.dumps(params)))
        params["SendUsersMessageRequest"]["TraceId"] = "t-1"

    client.meta.events.register(f"{event}.pinpoint.SendUsersMessages", add_trace)
    send(client=client)
    assert seen == [PARAMETERS] * 2
    assert [json.loads(body)["TraceId"] for body in peer.requests] == ["t-1"] * 2


def test_other_parameters_may_be_returned(peer):
    client = client_of(peer)
    other = {**PARAMETERS, "SendUsersMessageRequest": {"MessageConfiguration": {}, "Users": {"u": {"BodyOverride": "other"}}}}
    client.meta.events.register("provide-client-params.pinpoint", lambda **_: other)
    send(client=client)
    assert [json.loads(body) for body in peer.requests] == [other["SendUsersMessageRequest"]] * 2


@pytest.mark.parametrize("event", EVENTS)
def test_nothing_of_it_reaches_another_client(peer, event):
    one, two, seen = client_of(peer), client_of(peer), []
    one.meta.events.register(f"{event}.pinpoint", lambda params, **_: params["SendUsersMessageRequest"].update(TraceId="t-1"))
    two.meta.events.register(f"{event}.pinpoint", lambda params, **_: seen.append(dict(params["SendUsersMessageRequest"])))
    send(client=one)
    send(client=two)
    assert seen == [PARAMETERS["SendUsersMessageRequest"]] * 2
    assert "TraceId" not in json.loads(peer.requests[-1])


def test_handlers_of_a_session(peer):
    session, seen = boto3.Session(region_name="eu-west-1"), []
    session.events.register("provide-client-params.pinpoint", lambda params, **_: seen.append(params))
    send(session=session, endpoint_url=f"http://127.0.0.1:{peer.port}")
    assert seen == [PARAMETERS] * 2


def test_a_handler_that_comes_and_goes(peer):
    client, seen = client_of(peer), []

    def handler(params, **_):
        seen.append(params)

    with PinpointUsers("app", client=client) as pinpoint:
        for number in range(4):
            if number == 1:
                client.meta.events.register("provide-client-params", handler)
            if number == 3:
                client.meta.events.unregister("provide-client-params", handler)
            pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
    assert seen == [PARAMETERS] * 2
    assert [json.loads(body) for body in peer.requests] == [PARAMETERS["SendUsersMessageRequest"]] * 4


def add_header(*, params=None, request=None, **_):
    (params["headers"] if request is None else request.headers)["x-hook"] = "h-1"


def change_body(*, params=None, request=None, **_):
    changed = json.dumps({**PARAMETERS["SendUsersMessageRequest"], "TraceId": "t-1"}).encode()
    if request is None:
        params["body"] = changed
    else:
        request.data = changed


def change_query(*, params=None, request=None, **_):
    if request is None:
        params["url"] += "?hook=1"
    else:
        request.url += "?hook=1"


def by_boto3(client):
    for _ in range(2):
        client.send_users_messages(**PARAMETERS)


@pytest.mark.parametrize("event", ["before-call", "request-created", "before-sign"])
@pytest.mark.parametrize("change", [add_header, change_body, change_query])
def test_what_a_handler_of_the_request_changes_goes_out_as_in_boto3(event, change):
    """With a caller's client and with a session's, beside boto3: what it is given, what goes out, and the signed headers."""

    def hooked(client_or_session):
        events = getattr(client_or_session, "events", None) or client_or_session.meta.events
        events.register(f"{event}.pinpoint.SendUsersMessages", note)

    def note(**given):
        seen.append({name: type(value).__name__ for name, value in given.items()})
        body = given["params"]["body"] if event == "before-call" else given["request"].data
        bodies.append(json.loads(bytes(body)))
        change(**given)

    found = []
    for way in ("boto3", "client", "session"):
        seen, bodies = [], []
        with Peer() as peer:
            if way == "session":
                session = boto3.Session(region_name="eu-west-1")
                hooked(session)
                send(session=session, endpoint_url=f"http://127.0.0.1:{peer.port}")
            else:
                client = client_of(peer)
                hooked(client)
                by_boto3(client) if way == "boto3" else send(client=client)
        assert bodies == [PARAMETERS["SendUsersMessageRequest"]] * 2
        heads = [parts_of(head) for head in peer.heads]
        found.append((seen, heads, [json.loads(body) for body in peer.requests]))
    assert found[0] == found[1] == found[2]
    assert {add_header: "h-1", change_body: "t-1", change_query: "hook=1"}[change] in str(found[0])


def parts_of(head):
    """The request's line, whether the hook's header is there, and what is signed."""
    line, *headers = head.decode().lower().split("\r\n")
    named = dict(header.split(": ", 1) for header in headers if header)
    return line, named.get("x-hook"), named["authorization"].partition("signedheaders=")[2].partition(",")[0]


def test_an_emails_bytes_are_encoded_once(peer):
    message = DirectMessageConfiguration(email_message=EmailMessage(raw_email=RawEmail(data=b"From: x\r\n\r\nhello")))
    seen, client = [], client_of(peer)
    send(message, client=client)

    def handler(params, **_):
        seen.append(params["SendUsersMessageRequest"]["MessageConfiguration"]["EmailMessage"]["RawEmail"]["Data"])

    client.meta.events.register("provide-client-params", handler)
    send(message, client=client)
    assert seen == [b"From: x\r\n\r\nhello"] * 2
    bodies = [json.loads(body) for body in peer.requests]
    assert bodies == [bodies[0]] * 4
    encoded = bodies[0]["MessageConfiguration"]["EmailMessage"]["RawEmail"]["Data"]
    assert base64.b64decode(encoded) == b"From: x\r\n\r\nhello"


def test_a_stubber_compares_the_parameters():
    client = boto3.client("pinpoint", region_name="eu-west-1")
    with Stubber(client) as stubber:
        for _ in range(2):
            stubber.add_response("send_users_messages", ANSWER, PARAMETERS)
        send(client=client)
        stubber.assert_no_pending_responses()


def test_what_stands_in_the_place_of_botocores_call(peer):
    calls = []

    def answer(_self, operation, parameters):
        calls.append((operation, parameters))
        return ANSWER

    client = client_of(peer)
    with patch("botocore.client.BaseClient._make_api_call", answer):
        send(client=client)
        send(region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{peer.port}")
    with patch.object(client, "_make_api_call", lambda *arguments: answer(client, *arguments)):
        send(client=client)
    assert calls == [("SendUsersMessages", PARAMETERS)] * 6
    with patch.object(client, "send_users_messages", return_value=ANSWER) as method:
        send(client=client)
    method.assert_called_with(**PARAMETERS)
    assert not peer.requests


def test_what_a_clients_class_is_given(peer):
    calls = []

    class Traced(type(client_of(peer))):
        def send_users_messages(self, **parameters):
            calls.append(parameters)
            return ANSWER

    client = client_of(peer)
    client.__class__ = Traced
    send(client=client)
    assert calls == [PARAMETERS] * 2
    assert isinstance(client, botocore.client.BaseClient)


def test_other_connections_are_used_where_somebody_has_put_them(peer, monkeypatch):
    """As VCR.py does."""
    connected = []

    class Connection(AWSHTTPConnection):
        def connect(self):
            connected.append(self.host)
            super().connect()

    monkeypatch.setattr(AWSHTTPConnectionPool, "ConnectionCls", Connection)
    send(client=client_of(peer))
    assert connected == ["127.0.0.1"]


@pytest.mark.parametrize("before", [0, 3])
def test_other_connections_are_used_while_somebody_has_put_them(peer, monkeypatch, before):
    """As VCR.py does by a cassette, and leaves its connections in the pool."""
    requests = []

    class Connection(AWSHTTPConnection):
        def request(self, method, *args, **kwargs):
            requests.append(method)
            return super().request(method, *args, **kwargs)

    get_conn = HTTPConnectionPool._get_conn

    def get_other_conn(pool, timeout=None):
        while not isinstance(connection := get_conn(pool, timeout), pool.ConnectionCls):
            connection.close()
        return connection

    with PinpointUsers("app", client=client_of(peer)) as pinpoint:
        for _ in range(before):
            pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        with monkeypatch.context() as cassette:
            cassette.setattr(AWSHTTPConnectionPool, "ConnectionCls", Connection)
            cassette.setattr(HTTPConnectionPool, "_get_conn", get_other_conn)
            for _ in range(2):
                pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
        assert requests == ["POST", "POST"]
        for _ in range(2):
            pinpoint.send(MESSAGE, ["u"]).raise_for_failures()
    assert requests == ["POST", "POST"]
    assert len(peer.requests) == before + 4


@pytest.mark.parametrize("mock", [Mock(), MagicMock(), create_autospec(botocore.client.BaseClient, send_users_messages=Mock())])
def test_a_mock_is_no_client(mock):
    with pytest.raises(ValidationError, match=r"must be a boto3 client for pinpoint, not .*: for tests .*LocalPinpoint"):
        PinpointUsers("app", client=mock)


def test_a_connection_that_is_others_while_this_is_first_imported_is_theirs_for_no_longer(peer):
    """As where the first client is made while VCR.py has a cassette in."""
    program = f"""
import botocore.awsrequest
from unittest.mock import patch

class Other:
    def __init__(self, host):
        raise AssertionError("the cassette is out")

with patch("http.client.HTTPConnection", Other):
    import pinpoint_users._transport.boto
from pinpoint_users import DirectMessageConfiguration, PinpointUsers, SMSMessage
message = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
with PinpointUsers("app", region_name="eu-west-1", endpoint_url="http://127.0.0.1:{peer.port}") as pinpoint:
    pinpoint.send(message, ["u"]).raise_for_failures()
"""
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(peer.requests) == 1
