"""Nothing private in anybody's logs: every record of every logger at DEBUG, of requests, answers, errors and retries over HTTP.

Private are the message, its variables, addresses, device tokens and credentials. User IDs, endpoint IDs and request IDs aren't.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import logging
import socket
import threading
import traceback
from collections import defaultdict

import pytest
from stopping import stopped_by

from pinpoint_users import (
    ConfigurationError,
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    GCMMessage,
    Outcome,
    PinpointUsers,
    RequestError,
    RetryPolicy,
    SendUsersMessageRequest,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

CODE, BODY, TITLE, CONTEXT, BODY_OVERRIDE = "code-481516", "Your-secret-code", "Secret-title", "context-2342", "Only-for-you"
PHONE, EMAIL, TOKEN, NEW_TOKEN = (
    "+12065550177",
    "ann@private.example",
    "device-token-0123456789abcdef",
    "fresh-token-fedcba9876",
)
SECRET_KEY, SESSION_TOKEN = "credential-secret-108", "credential-session-token-815"
PRIVATE = (CODE, BODY, TITLE, CONTEXT, BODY_OVERRIDE, PHONE, EMAIL, TOKEN, NEW_TOKEN, SECRET_KEY)

MESSAGE = DirectMessageConfiguration(
    sms_message=SMSMessage(body=f"{BODY} {{{{code}}}}"),
    gcm_message=GCMMessage(title=TITLE, body=BODY, substitutions={"code": [CODE]}),
)
USERS = {
    "u-1": EndpointSendConfiguration(substitutions={"code": [CODE]}, context={"why": CONTEXT}),
    "u-2": EndpointSendConfiguration(substitutions={"code": [CODE]}, body_override=BODY_OVERRIDE),
}
AT_ONCE = RetryPolicy(base_delay=0.0)


class Records(logging.Handler):
    """Writes down all that a record shows or carries, at the moment when it is made: by logger."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.shown = defaultdict(list)

    def emit(self, record):
        shown = [record.getMessage(), repr(vars(record))]
        error = (record.exc_info or (None, None))[1]
        while error is not None:
            shown += [repr(error), repr(vars(error)), *traceback.format_exception_only(error)]
            error = error.__cause__ or error.__context__
        self.shown[record.name].append("\n".join(shown))

    def loggers_that_show(self, text):
        return {name for name, shown in self.shown.items() if any(text in each for each in shown)}


@pytest.fixture
def records(caplog):
    records = Records()
    caplog.set_level(logging.DEBUG)
    logging.getLogger().addHandler(records)
    yield records
    logging.getLogger().removeHandler(records)


@pytest.fixture(autouse=True)
def nothing_private_is_shown(monkeypatch, records):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION_TOKEN)
    yield
    assert records.loggers_that_show("users-messages") >= {"botocore.endpoint"}
    shown = {text: loggers for text in PRIVATE if (loggers := records.loggers_that_show(text))}
    assert shown == {}
    # The session token goes out as a header, and botocore shows every header, which nobody but botocore can stop.
    assert records.loggers_that_show(SESSION_TOKEN) <= {"botocore.auth", "botocore.endpoint"}


@pytest.fixture
def local():
    with LocalPinpoint() as local:
        local.add_endpoint(user_id="u-1", channel_type="SMS", address=PHONE, endpoint_id="e-1")
        local.add_endpoint(user_id="u-1", channel_type="EMAIL", address=EMAIL, endpoint_id="e-2")
        local.add_endpoint(user_id="u-2", channel_type="GCM", address=TOKEN, endpoint_id="e-3")
        yield local


@pytest.fixture
def sender(local, request):
    """A client, with the read timeout that a test has it made with."""
    arguments = {"region_name": "eu-west-1", "read_timeout": getattr(request, "param", 60), "retry": AT_ONCE}
    with local.serve() as server, PinpointUsers(local.application_id, endpoint_url=server.url, **arguments) as sender:
        yield sender
        server.release()


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with a status and all that is private, the request's body included."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        assert self.headers["X-Amz-Security-Token"] == SESSION_TOKEN
        answer = self.server.answer(body).encode()
        self.send_response(self.server.status)
        self.send_header("x-amzn-RequestId", "r-1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args):
        """Nothing."""


@pytest.fixture
def echo():
    """Makes a client of a server that answers the same each time."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, retry=AT_ONCE) as sender:
            yield server, sender
        server.shutdown()
        thread.join()


# --- answers


def test_a_run_with_every_kind_of_outcome(local, sender):
    local.throttle(endpoint_ids=["e-1"], times=2)
    report = sender.send(MESSAGE, {**USERS, "nobody": USERS["u-1"]})
    assert [user.outcome for user in report.users.values()] == [Outcome.PARTIAL, Outcome.SUCCESSFUL, Outcome.FAILED]
    assert {delivery.address for delivery in local.deliveries()} == {PHONE, TOKEN}


def test_one_request(sender):
    sender.send_users_messages(SendUsersMessageRequest(message_configuration=MESSAGE, users=USERS))


def test_a_stream(sender):
    assert len(list(sender.stream(MESSAGE, USERS))) == 2


def test_an_answer_with_a_new_token(echo):
    server, sender = echo
    server.status = 200
    result = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "Address": TOKEN, "UpdatedToken": NEW_TOKEN, "New": EMAIL}
    server.answer = lambda body: json.dumps({"Result": {user: {"e": result} for user in json.loads(body)["Users"]}})
    report = sender.send(MESSAGE, USERS)
    report.raise_for_failures()
    assert report.users["u-1"].endpoints["e"].updated_token == NEW_TOKEN


# --- errors


@pytest.mark.parametrize("status", [200, 400, 403, 404, 413, 429, 500, 503])
def test_an_error_whose_body_repeats_the_request(echo, status):
    server, sender = echo
    server.status = status
    server.answer = lambda body: json.dumps({"Message": [PHONE, EMAIL, TOKEN, body], "Result": [body], "RequestID": "r-1"})
    with pytest.raises(RequestError):
        sender.send_users_messages(SendUsersMessageRequest(message_configuration=MESSAGE, users=USERS))
    with stopped_by(ConfigurationError) if status in {400, 403, 404} else contextlib.nullcontext():
        sender.send(MESSAGE, USERS)


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_is_no_json(echo, status):
    server, sender = echo
    server.status, server.answer = status, lambda body: f"<html>{PHONE} {body}"
    assert len(sender.send(MESSAGE, USERS).unknown) == 2


def test_connections_that_break(local, sender):
    for break_next in (local.drop_next, local.truncate_next):
        break_next()
        assert len(sender.send(MESSAGE, USERS).unknown) == 2
    local.drop_next(accept=True)
    with pytest.raises(RequestError):
        sender.send_users_messages(SendUsersMessageRequest(message_configuration=MESSAGE, users=USERS))


@pytest.mark.parametrize("sender", [0.5], indirect=True)
def test_an_answer_that_does_not_come(local, sender):
    local.hang_next()
    assert len(sender.send(MESSAGE, USERS).unknown) == 2


def test_no_connection():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with PinpointUsers("app", region_name="eu-west-1", endpoint_url=url, retry=AT_ONCE) as sender:
        assert len(sender.send(MESSAGE, USERS).not_sent) == 2


def test_a_run_that_stops(local, sender):
    local.fail_next(403)
    with stopped_by(ConfigurationError):
        sender.send(MESSAGE, USERS)
    local.fail_next(403)
    with sender.stream(MESSAGE, USERS) as stream, stopped_by(ConfigurationError):
        next(stream)
