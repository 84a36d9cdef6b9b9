"""The client's arguments, its end, and its third door: one request, one answer."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest
from stopping import stopped_by

import pinpoint_users
from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    PayloadTooLargeError,
    PinpointUsers,
    PinpointUsersError,
    SendUsersMessageRequest,
    Sent,
    SMSMessage,
    StoppedError,
    ThrottledError,
    Transport,
    UnreadableResponseError,
    ValidationError,
)

TENANT = ContextVar("TENANT", default="nobody")


class TestOneRequest:
    def test_the_answer_comes_as_it_is_and_nothing_goes_again(self, service, message):
        service.statuses = {"a-1": ["THROTTLED"]}
        request = SendUsersMessageRequest.builder(message_configuration=message, users={"a": EndpointSendConfiguration()})
        with PinpointUsers("app", transport=service) as pinpoint:
            answer = pinpoint.send_users_messages(request)
        assert answer.application_id == "app"
        assert answer.request_id == "r-1"
        assert answer.result is not None
        assert answer.result["a"]["a-1"].delivery_status.is_throttled
        assert len(service.requests) == 1
        assert str(answer).splitlines()[:2] == ["request r-1 of application app: 1 user", "  a a-1: THROTTLED (429)"]

    def test_an_error_is_raised_as_it_is(self, service, message):
        service.failures = [ThrottledError("429")]
        with PinpointUsers("app", transport=service) as pinpoint, pytest.raises(ThrottledError) as caught:
            pinpoint.send_users_messages(SendUsersMessageRequest(message_configuration=message, users={}))
        assert caught.value.sent is Sent.NOT_SENT
        assert len(service.requests) == 1

    def test_an_answer_of_another_shape_is_an_error_that_keeps_it(self, service, message):
        service.change = lambda answer: {"RequestId": "r"}
        request = SendUsersMessageRequest(message_configuration=message, users={})
        with (
            PinpointUsers("app", transport=service) as pinpoint,
            pytest.raises(
                UnreadableResponseError, match="Result says nothing that can be read; the message may have been sent"
            ) as caught,
        ):
            pinpoint.send_users_messages(request)
        assert caught.value.sent is Sent.PERHAPS_SENT
        assert caught.value.answer == b'{"RequestId": "r"}'

    def test_an_answer_of_an_application_without_a_name_is_read(self, service, message):
        service.change = lambda answer: {"ApplicationId": ""}
        request = SendUsersMessageRequest(message_configuration=message, users={})
        with PinpointUsers("app", transport=service) as pinpoint:
            assert pinpoint.send_users_messages(request).application_id == ""

    @pytest.mark.parametrize("answer", [b"<html>+12065550100</html>", b"[]", {"ApplicationId": b"+12065550100"}, None, {"a"}])
    def test_an_answer_that_cannot_be_read_is_kept_and_not_shown(self, message, answer):
        class Service(Transport):
            def post(self, _operation, _application_id, _body):
                return answer

        request = SendUsersMessageRequest(message_configuration=message, users={})
        with PinpointUsers("app", transport=Service()) as pinpoint, pytest.raises(UnreadableResponseError) as caught:
            pinpoint.send_users_messages(request)
        assert caught.value.answer is answer
        assert "+1206" not in str(caught.value)

    def test_what_can_be_told_before_is_told_before(self, service):
        message = DirectMessageConfiguration(sms_message=SMSMessage(body="{{code}}"))
        users = {
            "a": EndpointSendConfiguration(),
            "b": EndpointSendConfiguration(substitutions={"code": ["1"]}),
            "c": EndpointSendConfiguration(),
        }
        huge = {"a": EndpointSendConfiguration(body_override="x" * 7_000_000)}
        with PinpointUsers("app", transport=service) as pinpoint:
            with pytest.raises(ValidationError, match=r"users\['a'\].*\n.*users\['c'\]"):
                pinpoint.send_users_messages(SendUsersMessageRequest(message_configuration=message, users=users))
            with pytest.raises(ValidationError, match="at least one channel's message"):
                pinpoint.send_users_messages(
                    SendUsersMessageRequest(message_configuration=DirectMessageConfiguration(), users=users)
                )
            with pytest.raises(PayloadTooLargeError, match="7,000,"):
                pinpoint.send_users_messages(SendUsersMessageRequest(message_configuration=message, users=huge))
        assert not service.requests


@pytest.mark.parametrize("door", ["send", "stream", "send_users_messages"])
def test_a_transport_sees_the_callers_context(service, message, door):
    seen = []
    service.before_post = lambda _number: seen.append(TENANT.get())
    users = {f"u-{number}": EndpointSendConfiguration() for number in range(100)}
    service.statuses = {"u-0-1": ["THROTTLED"]}
    with PinpointUsers("app", transport=service) as pinpoint:
        for tenant in ("one", "two"):
            set_ = TENANT.set(tenant)
            if door == "send":
                pinpoint.send(message, [*users, "another"])
            elif door == "stream":
                stream = pinpoint.stream(message, [*users, "another"])
                TENANT.set("what comes later")
                list(stream)
            else:
                pinpoint.send_users_messages(SendUsersMessageRequest(message_configuration=message, users=users))
            TENANT.reset(set_)
    expected = ["one", "two"] if door == "send_users_messages" else ["one"] * 3 + ["two"] * 2
    assert seen == expected


class TestArguments:
    @pytest.mark.parametrize("application_id", ["", "..", "a/b", "a b", "a?b", 7, None])
    def test_an_application_id_is_a_plain_word(self, service, application_id):
        with pytest.raises(ValidationError, match="application_id: must be the ID of an application"):
            PinpointUsers(application_id, transport=service)

    def test_their_faults_come_all_at_once(self, service):
        with pytest.raises(ValidationError) as caught:
            PinpointUsers(
                "app", transport=service, region_name="eu-west-1", session=1, profile_name="p", retry=3, concurrency=0
            )  # type: ignore[arg-type]  # the mistakes
        assert [fault.path for fault in caught.value.faults] == ["transport", "profile_name", "session", "retry", "concurrency"]
        assert "can't go with session, region_name, profile_name" in str(caught.value)

    def test_a_client_goes_alone(self):
        with pytest.raises(ValidationError, match="client: can't go with endpoint_url"):
            PinpointUsers("app", client=object(), endpoint_url="http://127.0.0.1:1")

    @pytest.mark.parametrize("concurrency", [True, 257, 1.5])
    def test_concurrency_is_a_number_of_connections(self, service, concurrency):
        with pytest.raises(ValidationError, match="concurrency: must be an int from 1 to 256"):
            PinpointUsers("app", transport=service, concurrency=concurrency)


def test_a_closed_client_sends_nothing(service, message):
    closed = []
    service.close = lambda: closed.append(True)
    pinpoint = PinpointUsers("app", transport=service)
    with pinpoint:
        pass
    assert closed == [True]
    request = SendUsersMessageRequest(message_configuration=message, users={})
    for send in (
        lambda: pinpoint.send(message, []),
        lambda: pinpoint.stream(message, []),
        lambda: pinpoint.send_users_messages(request),
    ):
        with pytest.raises(PinpointUsersError, match="this client is closed"):
            send()


def test_two_threads_may_close_a_client_at_once(service, message):
    pinpoint = PinpointUsers("app", transport=service, concurrency=1)
    closers = [threading.Thread(target=pinpoint.close, daemon=True) for _ in range(2)]
    went_on = []

    def close(_number):
        for closer in closers:
            closer.start()
        went_on.extend(closer.join(0.05) for closer in closers if closer.is_alive())

    service.before_post = close
    with stopped_by(StoppedError) as caught:
        pinpoint.send(message, [f"u-{number}" for number in range(300)])
    assert len(caught.value.report.successful) == 100
    assert {user.error for user in caught.value.report.not_sent} == {caught.value.reason}
    assert len(caught.value.report.users) == 300
    for closer in closers:
        closer.join(60)
        assert not closer.is_alive()
    assert len(went_on) == 2  # they waited for the request


def test_the_version_is_the_packages():
    from importlib.metadata import PackageNotFoundError, version

    try:
        expected = version("pinpoint-users")
    except PackageNotFoundError:
        pytest.skip("the package isn't installed")
    assert pinpoint_users.__version__ == expected
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        pinpoint_users.nonsense  # noqa: B018 - the access is what is tested
