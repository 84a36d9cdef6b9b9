"""What tracers keep by thread is there where a request goes out: stand-ins here, the real ones in tests/compatibility."""

from __future__ import annotations

import contextlib
import sys
import threading
import types
from unittest.mock import Mock

import pytest

from pinpoint_users import EndpointSendConfiguration, PinpointUsers, SendUsersMessageRequest
from pinpoint_users.local import LocalPinpoint


@pytest.fixture(params=["send", "stream", "one request"])
def send(request, message):
    """Sends in one of three ways, and calls something in the thread that sends."""

    def send(seen):
        with LocalPinpoint() as local:
            local.add_endpoint(user_id="u", channel_type="SMS", address="+12065550100")
            transport = local.client()._transport
            post, threads = transport.post, []

            def watched(*arguments):
                threads.append(threading.current_thread())
                seen()
                return post(*arguments)

            transport.post = watched
            with PinpointUsers(local.application_id, transport=transport) as pinpoint:
                if request.param == "send":
                    pinpoint.send(message, ["u"]).raise_for_failures()
                elif request.param == "stream":
                    list(pinpoint.stream(message, ["u"]))
                else:
                    users = {"u": EndpointSendConfiguration()}
                    pinpoint.send_users_messages(SendUsersMessageRequest(message_configuration=message, users=users))
            assert threads
            assert threading.current_thread() not in threads

    return send


class Recorder:
    """As much of X-Ray's as is used."""

    def __init__(self, local=None):
        self.context = types.SimpleNamespace(_local=threading.local() if local is None else local)

    def set_trace_entity(self, entity):
        self.context._local.entities = [entity]


def entity(*, in_progress=True):
    return types.SimpleNamespace(in_progress=in_progress)


@pytest.fixture
def recorder(monkeypatch):
    recorder = Recorder()
    monkeypatch.setitem(sys.modules, "aws_xray_sdk.core", types.SimpleNamespace(xray_recorder=recorder))
    return recorder


def test_xrays_innermost_entity(recorder, send):
    outer, inner, seen = entity(), entity(), []
    recorder.context._local.entities = [outer, inner]
    send(lambda: seen.append([*recorder.context._local.entities]))
    assert seen == [[inner]]
    assert recorder.context._local.entities == [outer, inner]


def test_xrays_segment_of_aws_lambda(recorder, send):
    segment, seen = entity(), []
    recorder.context._local.segment = segment
    send(lambda: seen.append([*recorder.context._local.entities]))
    assert seen == [[segment]]


def test_an_entity_that_has_ended_takes_no_more(recorder, send):
    recorder.context._local.entities = [entity(in_progress=False)]
    seen = []
    send(lambda: seen.append(dict(vars(recorder.context._local))))
    assert seen == [{}]


def test_without_an_entity_nothing_is_set(recorder, send):
    seen = []
    send(lambda: seen.append(dict(vars(recorder.context._local))))
    assert seen == [{}]


def test_xrays_context_of_asyncio_is_left_alone(recorder, send):
    recorder.context._local = types.SimpleNamespace(entities=[entity()])
    recorder.set_trace_entity = Mock()
    send(lambda: None)
    recorder.set_trace_entity.assert_not_called()


def test_new_relics_trace(monkeypatch, send):
    traces = {threading.get_ident(): "trace"}

    @contextlib.contextmanager
    def context_of(trace):
        traces[threading.get_ident()] = trace
        yield
        del traces[threading.get_ident()]

    module = types.SimpleNamespace(current_trace=lambda: traces.get(threading.get_ident()))
    monkeypatch.setitem(sys.modules, "newrelic.api.time_trace", module)
    monkeypatch.setitem(sys.modules, "newrelic.core.context", types.SimpleNamespace(ContextOf=context_of))
    seen = []
    send(lambda: seen.append(module.current_trace()))
    assert seen == ["trace"]
    assert list(traces) == [threading.get_ident()]
