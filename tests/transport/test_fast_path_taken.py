"""The fast path is on by default, and is left while somebody sees, or takes part in, what it goes around."""

from __future__ import annotations

import functools
import inspect
import json
import logging
import sys
import threading
from contextlib import contextmanager

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.client
import botocore.endpoint
import botocore.handlers
import botocore.httpsession
import botocore.parsers
import botocore.signers
import pytest
from botocore.handlers import BUILTIN_HANDLERS
from peer import Peer

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    PinpointUsers,
    RetryPolicy,
    SendUsersMessageRequest,
    SMSMessage,
)
from pinpoint_users._transport.boto import BotoTransport

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
REGION = "eu-west-1"


@pytest.fixture
def server():
    with Peer() as peer:
        yield peer


def sender(server):
    return PinpointUsers("app", region_name=REGION, endpoint_url=f"http://127.0.0.1:{server.port}")


class Tracer:
    """What libraries such as wrapt put around a function: it says that it is the function."""

    def __init__(self, function, calls):
        self.__wrapped__ = function
        self._calls = calls

    def __getattr__(self, name):
        return getattr(self.__wrapped__, name)

    @property
    def __class__(self):
        return type(self.__wrapped__)

    def __eq__(self, other):
        return self.__wrapped__ == other

    def __hash__(self):
        return hash(self.__wrapped__)

    def __get__(self, instance, _owner=None):
        return functools.partial(self, instance)

    def __call__(self, *args, **kwargs):
        self._calls.append(self.__wrapped__.__name__)
        return self.__wrapped__(*args, **kwargs)


def around(function, calls):
    """What is written by hand."""

    @functools.wraps(function)
    def traced(*args, **kwargs):
        calls.append(function.__name__)
        return function(*args, **kwargs)

    return traced


AROUND = [
    (botocore.client.BaseClient, "_make_api_call"),
    (botocore.client.BaseClient, "_make_request"),
    (botocore.client.BaseClient, "_convert_to_request_dict"),
    (botocore.endpoint.Endpoint, "make_request"),
    (botocore.endpoint.Endpoint, "_send_request"),
    (botocore.endpoint.Endpoint, "create_request"),
    (botocore.endpoint.Endpoint, "prepare_request"),
    (botocore.endpoint.Endpoint, "_get_response"),
    (botocore.endpoint.Endpoint, "_send"),
    (botocore.signers.RequestSigner, "sign"),
    (botocore.auth.AUTH_TYPE_MAPS["v4"], "add_auth"),
    (botocore.awsrequest.AWSRequest, "prepare"),
    (botocore.parsers.ResponseParser, "parse"),
    (botocore.httpsession.URLLib3Session, "send"),
    (botocore.endpoint, "convert_to_response_dict"),
]


def send_once(pinpoint):
    request = SendUsersMessageRequest(message_configuration=MESSAGE, users={"u-1": EndpointSendConfiguration()})
    pinpoint.send_users_messages(request)


@contextmanager
def whole_ways():
    """Counts the requests that go boto3's whole way, in this thread and those that start meanwhile."""
    code, count = inspect.unwrap(botocore.client.BaseClient._make_api_call).__code__, []

    def observe(frame, event, _argument):
        if event == "call" and frame.f_code is code:
            count.append(1)

    before, before_in_threads = sys.getprofile(), threading.getprofile()
    sys.setprofile(observe)
    threading.setprofile(observe)
    try:
        yield count
    finally:
        sys.setprofile(before)
        threading.setprofile(before_in_threads)


class TestWhenItIsTaken:
    def test_by_default_from_the_second_request_on(self, server):
        with sender(server) as pinpoint, whole_ways() as count:
            for _ in range(5):
                send_once(pinpoint)
        assert len(server.requests) == 5
        assert len(count) == 1

    @pytest.mark.parametrize("put", [around, Tracer])
    @pytest.mark.parametrize(("owner", "name"), AROUND, ids=[name for _, name in AROUND])
    def test_not_while_something_is_put_around_botocores_functions(self, server, monkeypatch, owner, name, put):
        calls = []
        with sender(server) as pinpoint:
            send_once(pinpoint)
            send_once(pinpoint)
            with monkeypatch.context() as patched:
                patched.setattr(owner, name, put(getattr(owner, name), calls))
                for number in range(3):
                    send_once(pinpoint)
                    assert len(calls) >= number + 1
                with sender(server) as other:  # made in the meantime
                    for number in range(3, 5):
                        send_once(other)
                        assert len(calls) >= number + 1
            seen = len(calls)
            with whole_ways() as count:
                send_once(pinpoint)
            assert len(calls) == seen
            assert not count
        assert len(server.requests) == 8

    @pytest.mark.parametrize(
        "event", ["provide-client-params", "before-parameter-build", "before-call", "before-sign", "before-parse", "after-call"]
    )
    def test_not_while_somebody_has_registered_a_handler(self, server, event):
        seen = []

        def handler(**_):
            seen.append(1)

        with sender(server) as pinpoint:
            send_once(pinpoint)
            events = pinpoint._transport._client.meta.events
            events.register(f"{event}.pinpoint", handler)
            send_once(pinpoint)
            send_once(pinpoint)
            assert len(seen) == 2
            events.unregister(f"{event}.pinpoint", handler)
            events.register("before-call.s3", handler)  # which is not about us
            with whole_ways() as count:
                send_once(pinpoint)
        assert not count
        assert len(seen) == 2

    def test_not_where_a_handler_is_registered_for_all_of_botocores_clients(self, server, monkeypatch):
        seen = []

        def handler(**_):
            seen.append(1)

        monkeypatch.setattr(botocore.handlers, "BUILTIN_HANDLERS", [*BUILTIN_HANDLERS, ("before-call", handler)])
        with sender(server) as pinpoint:
            send_once(pinpoint)
            send_once(pinpoint)
        assert len(seen) == 2

    def test_not_while_botocore_logs_its_requests(self, server, caplog):
        with sender(server) as pinpoint:
            send_once(pinpoint)
            with caplog.at_level(logging.DEBUG, logger="botocore"):
                send_once(pinpoint)
        assert [record.getMessage()[:18] for record in caplog.records if record.name == "botocore.endpoint"][:1]
        assert "hello" not in caplog.text

    @pytest.mark.parametrize("name", ["_request_signer", "_endpoint"])
    def test_not_without_botocores_private_names(self, server, name):
        """As in a botocore of the future; then all works the plain way."""
        client = boto3.client("pinpoint", region_name=REGION, endpoint_url=f"http://127.0.0.1:{server.port}")
        there = getattr(client, name)
        private = {"_request_signer": "_credentials", "_endpoint": "http_session"}[name]
        kept = getattr(there, private)

        class Hidden(type(there)):
            def __getattribute__(self, attribute):
                if attribute == private and sys._getframe(1).f_globals["__name__"].startswith("pinpoint_users"):
                    raise AttributeError(attribute)
                return super().__getattribute__(attribute)

        there.__class__ = Hidden
        transport = BotoTransport(client, owned=True, fast_path=True)
        with PinpointUsers("app", transport=transport, retry=RetryPolicy(base_delay=0.0)) as pinpoint, whole_ways() as count:
            for _ in range(3):
                send_once(pinpoint)
        assert len(count) == 3
        assert len(server.requests) == 3
        assert json.loads(server.requests[0]) == {
            "MessageConfiguration": {"SMSMessage": {"Body": "hello"}},
            "Users": {"u-1": {}},
        }
        assert kept is not None
