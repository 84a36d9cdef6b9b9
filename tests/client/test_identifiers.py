"""IDs that would change a request where they are pasted into it: they arrive as they are, or nothing goes out."""

from __future__ import annotations

import enum

import boto3
import pytest
from stopping import stopped_by

from pinpoint_users import (
    DirectMessageConfiguration,
    EndpointSendConfiguration,
    Journal,
    Outcome,
    PayloadTooLargeError,
    PinpointUsers,
    RetryPolicy,
    SMSMessage,
    ValidationError,
)
from pinpoint_users.local import LocalPinpoint

MESSAGE = DirectMessageConfiguration(sms_message=SMSMessage(body="hello {{name}}"))
ODD = [
    "a/b",
    "/",
    "../..",
    "a?b=c#d",
    "%2F",
    "a%2Fb%00",
    '"',
    '","Users":{"other":{}}',
    "'; DROP TABLE endpoints; --",
    "\\",
    "\\u0000",
    "\0",
    "a\r\nHost: evil.example\r\n\r\n",
    "\x7f\x1b[2J",
    " ",
    "\u202e\ufeff\u2028",
    "é",
    "e\u0301",
    "用户",
    "\U0001f389",
    "{{name}}",
    "${name}",
    "null",
    "__proto__",
    "x" * 10_000,
]
NO_TEXT = ["\ud800", "a\udfffb", "\ude00\ud83d"]
HOW = {"region_name": "eu-west-1", "retry": RetryPolicy(base_delay=0.0)}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "made-up")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")


@pytest.fixture(scope="module")
def served():
    with LocalPinpoint() as local, local.serve() as server:
        yield local, server.url


@pytest.fixture
def local(served):
    served[0].clear_deliveries()
    served[0].clear_faults()
    return served[0]


@pytest.fixture
def paths():
    """The paths of the requests that the client of `sender` sends."""
    return []


@pytest.fixture
def sender(served, local, paths):
    client = boto3.client("pinpoint", region_name="eu-west-1", endpoint_url=served[1])
    client.meta.events.register(
        "before-send.pinpoint.*", lambda request, **_: paths.append(request.url.removeprefix(served[1]))
    )
    with PinpointUsers(local.application_id, client=client, retry=HOW["retry"]) as sender:
        yield sender


def configuration_of(user_id):
    return EndpointSendConfiguration(substitutions={"name": [user_id]}, context={user_id: user_id})


def test_odd_user_ids_arrive_as_they_are(local, sender, paths):
    local.add_endpoints(
        {"ChannelType": "SMS", "Address": f"+1206555{number:04}", "User": {"UserId": user_id}}
        for number, user_id in enumerate(ODD)
    )
    report = sender.send(MESSAGE, {user_id: configuration_of(user_id) for user_id in ODD})
    assert list(report.users) == ODD
    report.raise_for_failures()
    assert [(delivery.user_id, delivery.body, delivery.context) for delivery in local.deliveries()] == [
        (user_id, f"hello {user_id}", {user_id: user_id}) for user_id in ODD
    ]
    assert paths == ["/v1/apps/local-application/users-messages"]


def test_odd_endpoint_ids_go_again_as_they_are(local, sender, paths):
    odd = [endpoint_id for endpoint_id in ODD if not set("${}") & set(endpoint_id)]  # which an endpoint ID can't have
    local.add_endpoints(
        {"Id": endpoint_id, "ChannelType": "SMS", "Address": f"+1206666{number:04}", "User": {"UserId": f"u-{number % 4}"}}
        for number, endpoint_id in enumerate(odd)
    )
    local.throttle(endpoint_ids=odd)
    report = sender.send(MESSAGE, {f"u-{number}": configuration_of("you") for number in range(4)})
    report.raise_for_failures()
    assert {endpoint_id for user in report.users.values() for endpoint_id in user.endpoints} == set(odd)
    assert {delivery.endpoint_id for delivery in local.deliveries()} == set(odd)
    assert paths == ["/v1/apps/local-application/users-messages", "/v1/apps/local-application/messages"]


@pytest.mark.parametrize("user_id", ["", *NO_TEXT], ids=ascii)
def test_user_ids_that_are_no_text_are_refused_before_anything_goes_out(local, sender, paths, user_id):
    with pytest.raises(ValidationError, match=r"users\[1\]: .*user ID") as caught:
        sender.send(MESSAGE, ["u-0", user_id])
    assert len(caught.value.faults) == 1
    with stopped_by(ValidationError, match="user ID"):
        list(sender.stream(MESSAGE, iter([("u-0", configuration_of("you")), (user_id, configuration_of("you"))])))
    assert not paths
    assert not local.deliveries()


class Word(str, enum.Enum):
    ANN = "ann"


class Markup(str):
    """As template engines have it: a text that shows itself as another."""

    __slots__ = ()

    def __str__(self):
        return f"<b>{super().__str__()}</b>"

    def __html__(self):
        return str(self)


class Folded(str):
    """A text that is equal to others."""

    __slots__ = ()

    def __eq__(self, other):
        return self.lower() == other.lower()

    def __hash__(self):
        return hash(self.lower())


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("user_id", [Word.ANN, Markup("ann"), Folded("ann")], ids=["enum", "markup", "folded"])
@pytest.mark.parametrize(
    "handed_in",
    [
        lambda user_id: [user_id],
        lambda user_id: {user_id},
        lambda user_id: iter([user_id]),
        lambda user_id: {user_id: EndpointSendConfiguration()},
        lambda user_id: {user_id: EndpointSendConfiguration()}.items(),
        lambda user_id: ((each, EndpointSendConfiguration.builder()) for each in [user_id]),
    ],
    ids=["list", "set", "iterator", "mapping", "items", "generator"],
)
def test_a_user_id_of_another_class_of_text_is_its_text(new_service, message, user_id, handed_in, tmp_path):
    for door in ("send", "stream"):
        service, journal = new_service(), Journal(tmp_path / f"{door}.db")
        service.statuses = {"ann-1": ["THROTTLED"]}
        with PinpointUsers("app", transport=service) as pinpoint:
            for _ in range(2):
                if door == "send":
                    users = list(pinpoint.send(message, handed_in(user_id), journal=journal).users.values())
                else:
                    users = list(pinpoint.stream(message, handed_in(user_id), journal=journal))
                assert [(type(user.user_id), user.user_id) for user in users] == [(str, "ann")]
                assert users[0].outcome is Outcome.SUCCESSFUL
        assert service.requests[0][1]["Users"] == {"ann": {}}
        assert service.operations == ["SendUsersMessages", "SendMessages"]
        assert service.delivered == {"ann-1": 1, "ann-2": 1}


def test_a_user_id_over_the_size_of_a_request_goes_nowhere(sender, paths):
    report = sender.send(MESSAGE, {"x" * 8_000_000: configuration_of("you")})
    (user,) = report.users.values()
    assert user.outcome is Outcome.NOT_SENT
    assert isinstance(user.error, PayloadTooLargeError)
    assert not paths


@pytest.mark.parametrize("application_id", [*ODD[:-3], *NO_TEXT, "", ".", "app\n", "app/../other", b"app", 7, None], ids=ascii)
def test_application_ids_that_would_change_the_path_are_refused(served, application_id):
    with pytest.raises(ValidationError, match="application_id: must be the ID of an application"):
        PinpointUsers(application_id, endpoint_url=served[1], **HOW)


def test_an_id_with_a_line_break_begins_no_line_of_a_report():
    with LocalPinpoint() as local, local.client() as pinpoint:
        local.add_endpoint(user_id="u-2", channel_type="SMS", address="", endpoint_id="e\x1b[2J")
        report = pinpoint.send(MESSAGE, dict.fromkeys(["u-1\nu-2: SUCCESSFUL", "u-2", "Jörg"], configuration_of("you")))
    lines = str(report).splitlines()
    assert lines[0] == "3 users: 3 FAILED"
    assert [line.partition(": FAILED")[0].strip() for line in lines[1:]] == [r"u-1\nu-2: SUCCESSFUL", "u-2", "Jörg"]
    assert r"e\x1b[2J PERMANENT_FAILURE" in lines[2]


def test_an_application_that_is_not_there_is_an_error_of_the_whole_run(served):
    with PinpointUsers("null", endpoint_url=served[1], **HOW) as sender, stopped_by(LookupError, match="HTTP 404"):
        sender.send(MESSAGE, {"u-0": configuration_of("you")})
