"""Answers of any kind: every user comes out once, and nothing is raised but this library's errors."""

from __future__ import annotations

import json

import pytest
from fuzzing import ANSWER, OBJECTS, RESULT, fuzz

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    PinpointUsers,
    PinpointUsersError,
    RetryPolicy,
    RunStoppedError,
    SendUsersMessageRequest,
    SMSMessage,
    Transport,
)

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello"))
USERS = ["u-1", "u-2", "é", "u-4"]
REQUEST = SendUsersMessageRequest(message_configuration=MESSAGE, users=dict.fromkeys(USERS, EndpointSendConfiguration()))
ENDPOINTS = {"ApplicationId": "app", "RequestId": "r-2", "EndpointResult": {"e-1": RESULT, "e-2": RESULT}}


class Service(Transport):
    """Answers whatever the input's fuzzer makes; waiting takes no time."""

    def __init__(self):
        self.now = 0.0

    def start(self, fuzzer):
        self.fuzzer, self.is_json = fuzzer, True

    def post(self, operation, _application_id, _body):
        fuzzer, valid = self.fuzzer, ANSWER if operation == "SendUsersMessages" else ENDPOINTS
        kind = fuzzer.rng.random()
        if kind < 0.3:
            return _json(fuzzer.mutated(valid, json_only=True))
        if kind < 0.6:
            return fuzzer.mutated_bytes(_json(fuzzer.mutated(valid, json_only=True)))
        if kind < 0.65:
            return fuzzer.any_bytes()
        self.is_json = False
        return fuzzer.mutated(valid) if kind < 0.95 else fuzzer.rng.choice(OBJECTS)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def _json(value):
    try:
        return json.dumps(value).encode()
    except (ValueError, RecursionError):  # what Python can't write isn't an answer either
        return b"[" * 3_000


@pytest.fixture(scope="module")
def service():
    return Service()


@pytest.fixture(scope="module")
def sender(service):
    retry = RetryPolicy(max_attempts=3, base_delay=0.0)
    with PinpointUsers("app", transport=service, retry=retry, concurrency=1) as sender:
        yield sender


def test_send(service, sender):
    def check(fuzzer):
        service.start(fuzzer)
        try:
            report = sender.send(MESSAGE, USERS)
        except RunStoppedError as error:
            report = error.report
        assert list(report.users) == USERS
        shown = report.to_dict()
        if service.is_json:
            json.dumps(shown)
            str(report)

    fuzz("answers to send", 600, check)


def test_stream(service, sender):
    def check(fuzzer):
        service.start(fuzzer)
        users = []
        try:
            with sender.stream(MESSAGE, USERS) as stream:
                for result in stream:
                    users.append(result.user_id)  # noqa: PERF401 - what came before an error counts too
        except RunStoppedError as error:
            users += error.report.users
        assert sorted(users) == sorted(USERS)

    fuzz("answers to stream", 200, check)


def test_send_users_messages(service, sender):
    def check(fuzzer):
        service.start(fuzzer)
        answer = sender.send_users_messages(REQUEST)
        if service.is_json:
            json.dumps(answer.to_dict())
            str(answer)
            repr(answer)

    fuzz("answers to send_users_messages", 600, check, allowed=PinpointUsersError)
