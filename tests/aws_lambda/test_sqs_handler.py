"""A handler of SQS's events: what goes out, and which records are named to be delivered again."""

from __future__ import annotations

import base64
import json
import threading
from collections import Counter

import pytest
from aws_lambda.events import body, event, record, returned

from pinpoint_users import (
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    Journal,
    PinpointUsers,
    RawEmail,
    RetryPolicy,
    SendUsersMessageRequest,
    Transport,
    ValidationError,
)
from pinpoint_users._journal.opening import open_journal
from pinpoint_users._requests.prepared import Given, Preparation
from pinpoint_users._run import held
from pinpoint_users.aws_lambda import SQSHandler
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES

USERS = [f"u-{number}" for number in range(20)]


class Context:
    def __init__(self, seconds=60.0):
        self.seconds = seconds

    def get_remaining_time_in_millis(self):
        return int(1000 * self.seconds)


class Counting(LocalPinpoint):
    def got(self):
        return Counter(delivery.user_id for delivery in self.deliveries())


@pytest.fixture
def local():
    with Counting() as local:
        for number, user in enumerate(USERS):
            local.add_endpoint(user_id=user, endpoint_id=f"e-{user}", channel_type="SMS", address=f"+1206555{number:04}")
        yield local


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "run.db")


@pytest.fixture
def make(local, journal):
    """Makes a handler of a client."""
    clients = []

    def make(journal=journal, **more):
        clients.append(local.client(**more))
        return SQSHandler(clients[-1], journal=journal)

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def logged(caplog):
    caplog.set_level("INFO", "pinpoint_users")
    return lambda event: [record for record in caplog.records if record.event == event]


@pytest.mark.parametrize("write", [bytes.decode, lambda data: base64.b64encode(data).decode()], ids=["text", "base64"])
def test_a_raw_email_in_json(make, local, write):
    raw = RawEmail(data="Subject: Grüße\n\nHi".encode())
    request = SendUsersMessageRequest(
        message_configuration=DirectMessageConfiguration(email_message=EmailMessage(raw_email=raw)),
        users={"by mail": EndpointSendConfiguration()},
    )
    local.add_endpoint(user_id="by mail", channel_type="EMAIL", address="ann@example.com")
    assert returned(make()(event(record(json.dumps(request.to_dict(), default=write))), Context())) == []
    (delivery,) = local.deliveries()
    assert (delivery.title, delivery.body) == ("Grüße", "Hi")


def test_every_record_is_sent_and_a_record_that_comes_twice_is_done(local, make, logged):
    handler = make()
    records = [record(body("u-1", "u-2")), record(body("u-3")), record(body("u-3", "u-4"))]
    assert returned(handler(event(*records), Context())) == []
    assert sum(local.requests.values()) == 1  # alike records are one run
    assert returned(handler(event(records[1], records[0]), Context())) == []
    assert returned(make()(event(records[0]), Context())) == []  # another execution environment, the same journal
    assert local.got() == {"u-1": 1, "u-2": 1, "u-3": 1, "u-4": 1}
    assert [(entry.records, entry.returned) for entry in logged("sqs_event_handled")] == [(3, 0), (2, 0), (1, 0)]


def test_different_messages_have_journals_of_their_own(local, make, tmp_path):
    handler = make(lambda request: Journal(tmp_path / f"{request.trace_id}.db"))
    one, two = body("u-1", TraceId="one"), body("u-1", TraceId="two", text="bye")
    assert returned(handler(event(record(one), record(two), record(one)), Context())) == []
    assert sorted(delivery.body for delivery in local.deliveries()) == ["bye", "hello"]


def broken(request):
    return {}[request.trace_id]


@pytest.mark.parametrize(
    "poison",
    [
        "",
        "hush {",
        "[]",
        "7",
        None,
        "[" * 100_000,
        json.dumps({"Users": {"u-1": {}}}),
        json.dumps({"MessageConfiguration": {"SMSMessage": {"Bdoy": "hush"}}, "Users": {"u-1": {}}}),
        body(*(f"{number}" for number in range(101))),
        body("u-1", text="hush" * 500),
    ],
)
def test_a_poison_record_fails_alone_and_each_time(local, make, logged, caplog, poison):
    handler = make()
    for _ in range(2):
        records = [record(body("u-1")), record(poison, message_id="poison"), record(body("u-2"))]
        assert returned(handler(event(*records), Context())) == ["poison"]
    assert local.got() == {"u-1": 1, "u-2": 1}
    assert [entry.message_id for entry in logged("sqs_record_returned")] == ["poison", "poison"]
    assert "hush" not in caplog.text


@pytest.mark.parametrize("journal_of", [broken, lambda _request: {}])
def test_a_function_for_journals_that_fails_returns_its_record(local, make, journal, journal_of):
    handler = make(lambda request: journal if request.trace_id is None else journal_of(request))
    records = [record(body("u-1", TraceId="x"), message_id="wrong"), record(body("u-2"))]
    assert returned(handler(event(*records), Context())) == ["wrong"]
    assert local.got() == {"u-2": 1}


def test_a_message_that_cannot_go_returns_its_records_alone(local, make, tmp_path):
    """The names of templates can't be looked up where a folder has them and this isn't among them."""
    handler = make(lambda request: Journal(tmp_path / f"{request.trace_id}.db"), templates={})
    other = body("u-1", TraceId="x", TemplateConfiguration={"SMSTemplate": {"Name": "none"}})
    assert returned(handler(event(record(other, message_id="x"), record(body("u-2", TraceId="y"))), Context())) == ["x"]
    assert local.got() == {"u-2": 1}


def test_who_is_still_throttled_is_tried_again_and_nobody_else(local, make, logged):
    handler = make(retry=RetryPolicy(max_attempts=2))
    local.throttle(endpoint_ids=["e-u-2"], times=2)
    records = [record(body("u-1"), message_id="one"), record(body("u-2", "u-3"), message_id="two")]
    assert returned(handler(event(*records), Context())) == ["two"]
    assert local.got() == {"u-1": 1, "u-3": 1}
    assert returned(handler(event(records[1]), Context())) == []
    assert local.got() == {"u-1": 1, "u-2": 1, "u-3": 1}


def test_a_user_of_whom_a_part_is_throttled_is_tried_again_by_that_part(local, make):
    local.add_endpoint(user_id="u-1", endpoint_id="other", channel_type="SMS", address="+12065559999")
    handler = make(retry=RetryPolicy(max_attempts=1))
    local.throttle(endpoint_ids=["other"], times=1)
    one = record(body("u-1"), message_id="one")
    assert returned(handler(event(one), Context())) == ["one"]
    assert returned(handler(event(one), Context())) == []
    assert local.got() == {"u-1": 2}
    assert len({delivery.endpoint_id for delivery in local.deliveries()}) == 2


BOTH = {
    "SMSMessage": {"Body": "hello", "MessageType": "TRANSACTIONAL"},
    "EmailMessage": {"SimpleEmail": {"Subject": {"Data": "hello"}, "TextPart": {"Data": "hello"}}},
}


def to_both(*users):
    """A record whose users have a phone and a mailbox, and how a client finds them."""
    directory = {
        user: [
            Endpoint(channel_type="SMS", address=f"+1206556{number:04}"),
            Endpoint(channel_type="EMAIL", address=f"{number}@example.com"),
        ]
        for number, user in enumerate(users)
    }
    ways = {"directory": directory, "routes": {"EMAIL": SES(from_email_address="shop@example.com")}}
    return record(body(*users, MessageConfiguration=BOTH), message_id="one"), ways


def times_reached(local):
    return Counter(delivery.address for delivery in local.deliveries())


@pytest.mark.parametrize(("status", "phone_is_lost"), [(403, False), (403, True), (429, False)])
def test_a_user_of_whom_a_part_was_not_sent_to_is_tried_again_by_that_part(local, make, status, phone_is_lost):
    one, ways = to_both("u-1", "u-2")
    handler = make(**ways, retry=RetryPolicy(max_attempts=1))
    local.fail_next(status, operation="SendBulkEmail")
    if phone_is_lost:
        local.drop_next(accept=True, operation="SendMessages")
    assert returned(handler(event(one), Context())) == ["one"]
    assert len(times_reached(local)) == 2
    assert returned(handler(event(one), Context())) == []
    assert times_reached(local) == dict.fromkeys(["+12065560000", "+12065560001", "0@example.com", "1@example.com"], 1)


def test_the_throttled_part_of_a_user_is_tried_again_where_another_part_is_unknown(local, make):
    one, ways = to_both("u-1", "u-2")
    handler = make(**ways, retry=RetryPolicy(max_attempts=1))
    local.throttle(addresses=["0@example.com"], times=1)
    local.drop_next(accept=True, operation="SendMessages")
    assert returned(handler(event(one), Context())) == ["one"]
    assert returned(handler(event(one), Context())) == []
    assert times_reached(local) == dict.fromkeys(["+12065560000", "+12065560001", "0@example.com", "1@example.com"], 1)


def test_what_is_refused_for_good_is_done(local, make):
    local.add_endpoint(user_id="out", endpoint_id="out", channel_type="SMS", address="+12065550199", opt_out="ALL")
    assert returned(make()(event(record(body("out", "nobody", "u-1"))), Context())) == []
    assert local.got() == {"u-1": 1}


def test_an_unknown_outcome_is_not_tried_again_unless_the_policy_resends(local, make, tmp_path):
    local.drop_next(accept=True)
    one = record(body("u-1"), message_id="one")
    handler = make()
    assert returned(handler(event(one), Context())) == []
    assert returned(handler(event(one), Context())) == []
    assert local.got() == {"u-1": 1}
    local.drop_next(accept=True)
    resends = make(Journal(tmp_path / "other.db"), retry=RetryPolicy(max_attempts=1, on_unknown="resend"))
    assert returned(resends(event(one), Context())) == ["one"]
    assert returned(resends(event(one), Context())) == []
    assert local.got() == {"u-1": 3}


def test_where_no_request_can_succeed_all_are_tried_again(local, make, logged):
    local.fail_next(403)
    records = [record(body("u-1"), message_id="one"), record(body("u-2"), message_id="two")]
    handler = make()
    assert returned(handler(event(*records), Context())) == ["one", "two"]
    assert {entry.error for entry in logged("sqs_record_returned")} == {"AccessDeniedError"}
    assert returned(handler(event(*records), Context())) == []
    assert local.got() == {"u-1": 1, "u-2": 1}


def test_a_journal_that_another_uses_is_tried_again(local, make, journal, logged):
    one = record(body("u-1"), message_id="one")
    message = DirectMessageConfiguration.from_dict(json.loads(one["body"])["MessageConfiguration"])
    with local.client() as other:
        stream = other.stream(message, ["u-9"], journal=journal)
        assert returned(make()(event(one), Context())) == ["one"]
        stream.close()
    assert [entry.error for entry in logged("sqs_record_returned")] == ["JournalError"]
    assert returned(make()(event(one), Context())) == []


@pytest.fixture
def shared(postgres_server):
    return Journal(postgres_server.new_url(), run="parcels")


def test_who_is_in_another_s_hand_when_a_run_ends_comes_again(local, make, shared, monkeypatch):
    """Such as of an environment that was killed before it sent."""
    text = body("u-1")
    message = SendUsersMessageRequest.from_dict(json.loads(text)).message_configuration
    content = Preparation(None).prepare(Given(message)).content()
    other = open_journal(shared, application_id=local.application_id, content=content)
    take = held.Held.take

    def end(users):
        if users:
            threading.Thread(target=handler._client.close).start()
        return take(users)

    try:
        other.look_up(["u-1"])
        handler = make(shared)
        with monkeypatch.context() as soon:
            soon.setattr(held, "_ASKED_AGAIN_AFTER", 0.01)
            soon.setattr(held.Held, "take", end)
            assert returned(handler(event(record(text, message_id="one")), Context())) == ["one"]
    finally:
        other.close()
    assert returned(make(shared)(event(record(text)), Context())) == []
    assert local.got() == {"u-1": 1}


class Losing(Transport):
    """Does something when the first request goes out."""

    def __init__(self, lose):
        self.got = Counter()
        self.lose = lose

    def post(self, _operation, application_id, body):
        if not self.got:
            self.lose()
        users = [*json.loads(body)["Users"]]
        self.got.update(users)
        result = {user: {"e": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}} for user in users}
        return json.dumps({"ApplicationId": application_id, "Result": result}).encode()


def test_who_a_journal_that_is_lost_in_mid_run_cannot_tell_of_comes_again(shared):
    psycopg = pytest.importorskip("psycopg", reason="psycopg isn't installed: it is the extra `postgres`")
    users = {name: [f"{name}-{number}" for number in range(100)] for name in ("one", "two", "three")}
    records = [record(body(*part), message_id=name) for name, part in users.items()]
    with psycopg.connect(shared.path, autocommit=True) as connection:
        transport = Losing(lambda: connection.execute("ALTER TABLE pinpoint_journal_users RENAME TO away"))
        with PinpointUsers("app", transport=transport, concurrency=1) as pinpoint:
            handler = SQSHandler(pinpoint, journal=shared)
            assert returned(handler(event(*records), Context())) == ["two", "three"]
            assert set(transport.got) == set(users["one"])
            connection.execute("ALTER TABLE away RENAME TO pinpoint_journal_users")
            assert returned(handler(event(*records[1:]), Context())) == []
    assert transport.got == Counter(user for part in users.values() for user in part)


def test_after_a_failure_the_later_records_of_its_group_come_back_unsent(local, make):
    local.throttle(endpoint_ids=["e-u-2"], times=1)
    handler = make(retry=RetryPolicy(max_attempts=1))
    records = [
        record(body("u-1"), message_id="a-1", group="a"),
        record(body("u-2"), message_id="a-2", group="a"),
        record(body("u-3"), message_id="b-1", group="b"),
        record(body("u-4"), message_id="a-3", group="a"),
        record("{", message_id="b-2", group="b"),
        record(body("u-5"), message_id="b-3", group="b"),
        record(body("u-6"), message_id="c-1", group="c"),
    ]
    assert returned(handler(event(*records), Context())) == ["a-2", "a-3", "b-2", "b-3"]
    assert [delivery.user_id for delivery in local.deliveries()] == ["u-1", "u-3", "u-6"]
    again = [each for each in records if each["messageId"] in {"a-2", "a-3"}]
    assert returned(handler(event(*again), Context())) == []
    assert [delivery.user_id for delivery in local.deliveries()] == ["u-1", "u-3", "u-6", "u-2", "u-4"]


def test_without_time_nothing_is_sent(local, make):
    assert returned(make()(event(record(body("u-1"), message_id="one")), Context(0.0))) == ["one"]
    assert local.got() == {}


class Slow(Transport):
    """Answers the first request when the run has been stopped."""

    def __init__(self):
        self.users = []
        self.has_stopped = threading.Event()

    def post(self, operation, application_id, body):
        users = json.loads(body)["Users"]
        self.users += users
        assert self.has_stopped.wait(60)
        result = {user: {"e": {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}} for user in users}
        return json.dumps({"ApplicationId": application_id, "Result": result}).encode()


def test_near_its_end_it_finishes_what_is_out_and_returns_the_rest(journal, has_stopped, monkeypatch):
    monkeypatch.setattr("pinpoint_users.aws_lambda._GIVING_UP", -1_000.0)  # so late that no machine is too slow
    transport = Slow()
    transport.has_stopped = has_stopped
    first, second = ([f"{part}-{number}" for number in range(100)] for part in "ab")
    records = [record(body(*first), message_id="one"), record(body(*second), message_id="two")]
    with PinpointUsers("app", transport=transport, concurrency=1) as pinpoint:
        handler = SQSHandler(pinpoint, journal=journal)
        assert returned(handler(event(*records), Context(0.4))) == ["two"]
        assert transport.users == first
        assert returned(handler(event(records[0]), Context())) == []
        assert transport.users == first


def test_it_is_for_events_of_sqs(make):
    handler = make()
    without_id = {"eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:q", "body": "{}"}
    for wrong in (
        {},
        [],
        {"Records": {}},
        {"Records": [7]},
        {"Records": [{"eventSource": "aws:sns"}]},
        {"Records": [without_id]},
    ):
        with pytest.raises(ValidationError, match="event: isn't an event of Amazon SQS"):
            handler(wrong, Context())
    assert returned(handler({"Records": []}, Context())) == []


def test_its_arguments_are_checked(local, journal):
    with pytest.raises(ValidationError) as caught:
        SQSHandler("app", journal="run.db")
    assert [fault.path for fault in caught.value.faults] == ["client", "journal"]
