"""`send`: every user handed in comes out once, with what became of the message."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator

import pytest
from stopping import stopped_by

from pinpoint_users import (
    DefaultMessage,
    DefaultPushNotificationMessage,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    Outcome,
    PayloadTooLargeError,
    PinpointUsers,
    SimpleEmail,
    SMSMessage,
    StoppedError,
    Template,
    TemplateConfiguration,
    UsersError,
    ValidationError,
)

OWN = EndpointSendConfiguration(body_override="for you")


def test_users_come_out_in_the_order_they_went_in(service, message):
    ids = [f"u-{number}" for number in range(250)]
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, ids)
    assert list(report.users) == ids
    assert sorted(service.user_counts) == [50, 100, 100]
    assert report.counts[Outcome.SUCCESSFUL] == 250
    assert set(report.request_ids) == {"r-1", "r-2", "r-3"}
    report.raise_for_failures()


@pytest.mark.parametrize(
    "users",
    [
        ["a", "b"],
        ("a", "b"),
        [("a", OWN), "b"],
        {"a": OWN, "b": EndpointSendConfiguration()},
        {"a": OWN.to_builder(), "b": EndpointSendConfiguration.builder()},
        iter(["a", "b"]),
        (user for user in [("a", OWN), ("b", OWN.to_builder())]),
        dict.fromkeys(["a", "b"], OWN).items(),
    ],
    ids=["list", "tuple", "pairs", "mapping", "builders", "iterator", "generator", "items"],
)
def test_users_may_be_handed_in_as_ids_pairs_or_a_mapping(service, message, users):
    with PinpointUsers("app", transport=service) as pinpoint:
        assert list(pinpoint.send(message, users).users) == ["a", "b"]


def test_what_a_user_gets_of_its_own_goes_out_with_the_user(service, message):
    with PinpointUsers("app", transport=service) as pinpoint:
        pinpoint.send(message.to_builder(), {"a": OWN}, context={"k": "v"}, trace_id="t")
    assert service.requests == [
        (
            "SendUsersMessages",
            {
                "Context": {"k": "v"},
                "MessageConfiguration": {"SMSMessage": {"Body": "hello"}},
                "TraceId": "t",
                "Users": {"a": {"BodyOverride": "for you"}},
            },
        )
    ]


def test_no_users_make_no_request(service, message):
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, [])
    assert not service.requests
    assert not report.users
    assert str(report) == "0 users"


@pytest.mark.parametrize(
    ("users", "problems"),
    [
        ("u-1", ["users: must be user IDs, pairs or a mapping, not str"]),
        (7, ["users: must be user IDs, pairs or a mapping, not int"]),
        (
            ["a", 7, ""],
            ["users[1]: a user ID must be a string, not int", "users[2]: a user ID must have at least one character"],
        ),
        ([("a", {"BodyOverride": "x"})], ["users[0]: of user 'a': must be an EndpointSendConfiguration, not dict"]),
        ({7: OWN}, ["users[7]: a user ID must be a string, not int"]),
        ([("a", OWN, "c")], ["users[0]: must be a user ID or a pair"]),
        (
            {"a": EndpointSendConfiguration.builder().body_override(7)},
            ["users['a']: EndpointSendConfiguration: ", "body_override: must be a string"],
        ),  # type: ignore[arg-type]  # the mistake
    ],
)
def test_wrong_users_are_refused_before_anything_is_sent(service, message, users, problems):
    with PinpointUsers("app", transport=service) as pinpoint:
        for door in (pinpoint.send, pinpoint.stream):
            with pytest.raises(ValidationError) as caught:
                door(message, users)
            for problem in problems:
                assert problem in str(caught.value)
    assert not service.requests


def test_a_wrong_user_of_a_generator_stops_the_run_and_loses_nobody(service, message):
    users = iter([*(f"u-{number}" for number in range(150)), 7, 8, "later"])
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(ValidationError) as caught:
        pinpoint.send(message, users)
    report = caught.value.report
    assert list(report.users) == [*(f"u-{number}" for number in range(150)), "later"]
    assert report.counts[Outcome.SUCCESSFUL] == 100
    assert {user.error for user in report.not_sent} == {caught.value.reason}


def test_users_that_cannot_be_read_stop_the_run_and_lose_nobody(service, message):
    def rows() -> Iterator[str]:
        yield from (f"u-{number}" for number in range(130))
        raise KeyError("the database went away")

    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint, stopped_by(UsersError) as caught:
        pinpoint.send(message, rows())
    report = caught.value.report
    assert isinstance(caught.value.reason.__cause__, KeyError)
    assert report.counts[Outcome.SUCCESSFUL] == 100
    assert [user.user_id for user in report.not_sent] == [f"u-{number}" for number in range(100, 130)]


def test_a_fault_that_the_callers_generator_makes_is_the_reason_as_it_is(service, message):
    def rows() -> Iterator[tuple[str, EndpointSendConfiguration]]:
        yield "a", OWN
        yield "b", EndpointSendConfiguration(substitutions={"code": "1"})  # type: ignore[dict-item]  # the mistake

    with (
        PinpointUsers("app", transport=service) as pinpoint,
        stopped_by(ValidationError, match=r"substitutions\['code'\]") as caught,
    ):
        pinpoint.send(message, rows())
    assert list(caught.value.report.users) == ["a"]


@pytest.mark.parametrize(
    "users",
    [{"a", 7}, frozenset(["a", 7]), {"a": 1, 7: 2}.keys(), deque(["a", 7]), {"x": "a", "y": 7}.values(), ("a", 7), range(2)],
    ids=["set", "frozenset", "keys", "deque", "values", "tuple", "range"],
)
def test_a_collection_is_checked_as_a_whole_before_anything_is_sent(service, message, users):
    with PinpointUsers("app", transport=service) as pinpoint:
        for door in (pinpoint.send, pinpoint.stream):
            with pytest.raises(ValidationError, match="a user ID must be a string, not int: write str"):
                door(message, users)
    assert service.requests == []


@pytest.mark.parametrize(
    "make", [set, frozenset, deque, lambda ids: dict.fromkeys(ids, OWN).keys(), lambda ids: dict(enumerate(ids)).values()]
)
def test_any_collection_will_do(service, message, make):
    users = make([f"u-{number}" for number in range(150)])
    with PinpointUsers("app", transport=service) as pinpoint:
        assert list(pinpoint.send(message, users).users) == list(users)
        assert sorted(result.user_id for result in pinpoint.stream(message, users)) == sorted(users)


def test_a_user_who_comes_again_is_sent_to_once_and_reported(service, message):
    with PinpointUsers("app", transport=service) as pinpoint:
        report = pinpoint.send(message, ["a", "b", "a", "a"])
    assert list(report.users) == ["a", "b"]
    assert report.duplicates == ("a", "a")
    assert set(service.delivered.values()) == {1}


def test_a_stream_sends_to_a_user_who_comes_again_in_another_request(service, message):
    with PinpointUsers("app", transport=service) as pinpoint:
        results = list(pinpoint.stream(message, ["a", "b", "a"]))
    assert sorted(result.user_id for result in results) == ["a", "a", "b"]
    assert sorted(service.user_counts) == [1, 2]


class TestContent:
    def test_nothing_to_send_is_refused(self, service):
        in_app_only = TemplateConfiguration(in_app_template=Template(name="t"))
        with PinpointUsers("app", transport=service) as pinpoint:
            for templates in (None, TemplateConfiguration(), in_app_only):
                with pytest.raises(ValidationError, match="at least one channel's message, or a template"):
                    pinpoint.send(
                        DirectMessageConfiguration(), ["a"], **({"template_configuration": templates} if templates else {})
                    )
        assert not service.requests

    def test_a_template_alone_is_enough(self, service):
        templates = TemplateConfiguration.builder().sms_template(Template(name="welcome"))
        with PinpointUsers("app", transport=service) as pinpoint:
            pinpoint.send(DirectMessageConfiguration(), ["a"], template_configuration=templates)
        assert service.requests[0][1] == {
            "MessageConfiguration": {},
            "TemplateConfiguration": {"SMSTemplate": {"Name": "welcome"}},
            "Users": {"a": {}},
        }

    def test_what_is_no_message_is_refused(self, service):
        with (
            PinpointUsers("app", transport=service) as pinpoint,
            pytest.raises(ValidationError, match="message_configuration: must be"),
        ):
            pinpoint.send("hello", ["a"])


class TestVariables:
    def test_a_user_without_a_value_is_named_and_not_sent_to(self, service):
        message = DirectMessageConfiguration(sms_message=SMSMessage(body="Hi {{name}}, {{code}} {{User.UserAttributes.Age}}"))
        both = EndpointSendConfiguration(substitutions={"code": ["1"], "name": ["Ann"]})
        one = EndpointSendConfiguration(substitutions={"code": ["1"]})
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, {"ann": both, "bob": one})
        assert report.users["ann"].outcome is Outcome.SUCCESSFUL
        assert report.users["bob"].outcome is Outcome.NOT_SENT
        assert "users['bob'].substitutions: lacks 'name', which the text uses as {{name}}" in str(report.users["bob"].error)
        assert list(service.requests[0][1]["Users"]) == ["ann"]

    @pytest.mark.parametrize(("common", "sent"), [(None, ["blank"]), ([], ["blank"]), ([""], ["none", "empty", "blank"])])
    def test_an_empty_list_is_no_value_and_an_empty_text_is_one(self, service, common, sent):
        sms = SMSMessage(body="Hi {{name}}", substitutions=None if common is None else {"name": common})
        own = {"none": None, "empty": {"name": []}, "blank": {"name": [""]}}
        users = {user: EndpointSendConfiguration(substitutions=values) for user, values in own.items()}
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(DirectMessageConfiguration(sms_message=sms), users)
        assert [user.user_id for user in report.successful] == sent
        assert all("lacks 'name'" in str(user.error) for user in report.not_sent)

    def test_nobody_left_makes_no_request(self, service):
        message = DirectMessageConfiguration(sms_message=SMSMessage(body="{{code}}"))
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, (f"u-{number}" for number in range(201)))
        assert len(report.not_sent) == 201
        assert not service.requests

    @pytest.mark.parametrize(
        "message",
        [
            DirectMessageConfiguration(default_message=DefaultMessage(body="{{x}}")),
            DirectMessageConfiguration(default_push_notification_message=DefaultPushNotificationMessage(title="{{x}}")),
            DirectMessageConfiguration(gcm_message=GCMMessage(url="https://example.com/{{x}}")),
            DirectMessageConfiguration(gcm_message=GCMMessage(raw_content={"data": "{{x}}"})),
            DirectMessageConfiguration(email_message=EmailMessage(body="{{x}}")),
            DirectMessageConfiguration(email_message=EmailMessage(simple_email=SimpleEmail(subject="{{x}}"))),
            DirectMessageConfiguration(
                email_message=EmailMessage(simple_email=SimpleEmail(html_part="<p>{{x}}", text_part=""))
            ),
            DirectMessageConfiguration(
                email_message=EmailMessage(
                    simple_email=SimpleEmail.builder().text_part("hi").header("X-Order", "{{x}}").build(),
                    substitutions={"y": ["1"]},
                )
            ),
        ],
    )
    def test_every_text_of_every_channel_counts(self, service, message):
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["without", ("with", EndpointSendConfiguration(substitutions={"x": ["1"]}))])
        assert [user.user_id for user in report.not_sent] == ["without"]

    def test_the_message_may_supply_them(self, service):
        message = DirectMessageConfiguration(
            default_message=DefaultMessage(substitutions={"a": ["1"]}),
            default_push_notification_message=DefaultPushNotificationMessage(substitutions={"b": ["2"]}),
            gcm_message=GCMMessage(body="{{a}}{{b}}{{c}}", substitutions={"c": ["3"]}),
            sms_message=SMSMessage(body="{{a}}"),
        )
        with PinpointUsers("app", transport=service) as pinpoint:
            pinpoint.send(message, ["u"]).raise_for_failures()

    @pytest.mark.parametrize(
        ("own", "missing"),
        [
            ({"body_override": "plain"}, ["title"]),
            ({"body_override": "{{mine}}"}, ["mine", "title"]),
            ({"title_override": "plain"}, ["body"]),
            ({"body_override": "plain", "title_override": "{{own}}"}, ["own"]),
            ({"raw_content": {"data": "plain"}}, []),
            ({"raw_content": {"data": "{{raw}} {{given}}"}}, ["raw"]),
        ],
    )
    def test_a_users_own_text_takes_the_place_of_the_messages(self, service, own, missing):
        message = DirectMessageConfiguration(
            gcm_message=GCMMessage(body="{{body}}", title="{{title}}", substitutions={"given": ["1"]})
        )
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, {"u": EndpointSendConfiguration(**own)})
        error = report.users["u"].error
        faults = [] if error is None else [fault.problem.split("'")[1] for fault in error.faults]  # type: ignore[attr-defined]  # a ValidationError
        assert faults == missing


class TestSize:
    def test_requests_stay_under_seven_megabytes(self, service, message):
        own = EndpointSendConfiguration(body_override="x" * 100_000)
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, [(f"u-{number}", own) for number in range(150)])
        assert report.counts[Outcome.SUCCESSFUL] == 150
        assert all(len(json.dumps(request)) <= 7_000_000 for _, request in service.requests)
        assert set(service.delivered.values()) == {1}
        assert {user.attempts for user in report.users.values()} == {1}

    def test_a_user_too_large_alone_is_refused_by_name(self, service, message):
        large = EndpointSendConfiguration(body_override="x" * 7_000_000)
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, [("small", OWN), ("large", large), ("little", OWN)])
        assert [user.user_id for user in report.not_sent] == ["large"]
        assert [user.user_id for user in report.successful] == ["small", "little"]
        error = report.users["large"].error
        assert isinstance(error, PayloadTooLargeError)
        assert "at most 7,000,000 are allowed" in str(error)
        assert report.users["large"].attempts == 0

    def test_a_request_that_the_service_finds_too_large_is_halved(self, service, message):
        service.failures = [PayloadTooLargeError("413", status_code=413)]
        with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
            report = pinpoint.send(message, [f"u-{number}" for number in range(9)])
        assert service.user_counts == [9, 4, 5]
        assert report.counts[Outcome.SUCCESSFUL] == 9

    def test_one_user_that_the_service_finds_too_large_is_refused(self, service, message):
        service.failures = [PayloadTooLargeError("413", status_code=413)]
        with PinpointUsers("app", transport=service) as pinpoint:
            report = pinpoint.send(message, ["u"])
        assert report.users["u"].outcome is Outcome.NOT_SENT
        assert report.users["u"].attempts == 1


def test_users_left_by_a_closed_stream_say_why(service, message):
    with PinpointUsers("app", transport=service, concurrency=1) as pinpoint:
        stream = pinpoint.stream(message, ["a", "a", "a"])
        first = next(stream)
        stream.close()
        rest = list(stream)
    assert first.outcome is Outcome.SUCCESSFUL
    assert all(result.outcome is Outcome.SUCCESSFUL or isinstance(result.error, StoppedError) for result in rest)
    assert len(rest) == 2
