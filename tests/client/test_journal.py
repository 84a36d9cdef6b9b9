"""Runs with a journal: what one run has done, or may have done, the next one knows.

A process that dies leaves its journal as it was at that moment: a copy taken while a request is out stands for a kill.
"""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from client.journals import AT_LEAST_ONCE, AT_MOST_ONCE, USERS, copy, of_a_file
from hypothesis import given
from hypothesis import strategies as st
from stopping import stopped_by

from pinpoint_users import (
    AccessDeniedError,
    ApplicationNotFoundError,
    DeliveryStatus,
    EndpointSendConfiguration,
    InFlightError,
    Journal,
    Outcome,
    PinpointUsers,
    ReadTimeoutError,
    RetryPolicy,
    RunStoppedError,
    Sent,
    ThrottledError,
    ValidationError,
)


class TestTheNextRun:
    def test_sends_to_nobody_who_is_done_and_hands_back_the_results(self, service, send):
        service.statuses = {"u-3-1": ["OPT_OUT"], "u-4-1": ["PERMANENT_FAILURE"], "u-4-2": ["PERMANENT_FAILURE"]}
        first = send()
        second = send()
        assert len(service.requests) == 4
        assert [(user.user_id, user.outcome) for user in second.users.values()] == [
            (user.user_id, user.outcome) for user in first.users.values()
        ]
        assert second.users["u-3"].endpoints["u-3-1"].delivery_status is DeliveryStatus.OPT_OUT
        assert second.users["u-3"].endpoints["u-3-1"].status_code == 429
        assert second.users["u-3"].attempts == 1
        assert second.users["u-3"].error is None
        assert not second.maybe_duplicated
        assert not second.duplicates

    def test_sends_to_those_who_are_new(self, service, send):
        send(USERS[:120])
        report = send(["new", *USERS[100:200]])
        assert report.counts[Outcome.SUCCESSFUL] == 101
        assert list(report.users) == ["new", *USERS[100:200]]
        assert service.user_counts == [100, 20, 80, 1] or sum(service.user_counts) == 201
        assert set(service.delivered.values()) == {1}

    def test_goes_on_where_a_run_was_stopped(self, service, send):
        service.failures = [None, AccessDeniedError("expired")]
        with stopped_by(AccessDeniedError) as caught:
            send()
        assert caught.value.report.counts[Outcome.NOT_SENT] == 250
        assert send().counts[Outcome.SUCCESSFUL] == 350
        assert set(service.delivered.values()) == {1}

    def test_that_is_stopped_too_still_knows_who_was_done(self, service, send):
        service.failures = [None, AccessDeniedError("expired"), ApplicationNotFoundError("gone")]
        with stopped_by(AccessDeniedError):
            send()
        with stopped_by(ApplicationNotFoundError) as caught:
            send(list(reversed(USERS)))
        report = caught.value.report
        assert report.counts[Outcome.SUCCESSFUL] == 100
        assert report.counts[Outcome.NOT_SENT] == 250
        assert {user.error for user in report.successful} == {None}
        assert {user.error for user in report.not_sent} == {caught.value.reason}

    @pytest.mark.parametrize("retry", [RetryPolicy(base_delay=0.0), RetryPolicy(scope="user", base_delay=0.0)])
    def test_sends_to_endpoints_that_were_throttled_to_the_end(self, service, send, retry):
        service.statuses = {"a-1": ["THROTTLED"] * 5, "b-1": ["THROTTLED"] * 5, "b-2": ["THROTTLED"] * 5}
        first = send(["a", "b"], retry=retry)
        assert first.users["b"].outcome is Outcome.THROTTLED
        service.statuses = {}
        second = send(["a", "b"], retry=retry)
        assert second.users["b"].outcome is Outcome.SUCCESSFUL
        assert second.users["a"].outcome is (Outcome.SUCCESSFUL if retry.scope == "endpoint" else Outcome.PARTIAL)
        assert set(service.delivered.values()) == {1}
        assert second.users["b"].attempts == 6
        assert not second.maybe_duplicated

    def test_sends_to_users_whose_request_was_refused_to_the_end(self, service, send):
        service.failures = [ThrottledError("429")] * 5
        assert send(["a"]).users["a"].outcome is Outcome.NOT_SENT
        assert send(["a"]).users["a"].outcome is Outcome.SUCCESSFUL

    def test_sends_to_users_who_lacked_a_variable(self, service, send, message):
        needy = message.to_builder().sms_message(message.sms_message.to_builder().body("Hello {{name}}")).build()
        assert isinstance(send(["a"], message=needy).users["a"].error, ValidationError)
        named = EndpointSendConfiguration(substitutions={"name": ["Ann"]})
        assert send({"a": named}, message=needy).users["a"].outcome is Outcome.SUCCESSFUL
        assert send(["a"], message=needy).users["a"].outcome is Outcome.SUCCESSFUL
        assert service.delivered == {"a-1": 1, "a-2": 1}


class TestUnknown:
    def test_stays_unknown(self, service, send):
        service.failures = [ReadTimeoutError("late")]
        send(["a"])
        user = send(["a"]).users["a"]
        assert (user.outcome, user.sent) == (Outcome.UNKNOWN, Sent.PERHAPS_SENT)
        assert isinstance(user.error, InFlightError)
        assert len(service.requests) == 1

    @pytest.mark.parametrize(
        ("other", "known"),
        [
            ("PERMANENT_FAILURE", (Outcome.UNKNOWN, Sent.PERHAPS_SENT)),
            ("SUCCESSFUL", (Outcome.PARTIAL, Sent.SENT)),
            ("THROTTLED", (Outcome.PARTIAL, Sent.SENT)),  # and then sent
        ],
    )
    def test_is_a_user_of_whom_one_endpoint_has_a_status_that_nobody_knows(self, service, send, other, known):
        service.statuses = {"a-1": ["NEW_WORD"], "a-2": [other]}
        for report in (send(["a"]), send(["a"])):
            user = report.users["a"]
            assert (user.outcome, user.sent) == known
            assert user.endpoints["a-1"].delivery_status == "NEW_WORD"
        assert len([request for _, request in service.requests if "Users" in request]) == 1
        assert [*service.delivered] in ([], ["a-2"])

    def test_is_sent_to_again_where_only_such_an_endpoint_is_left(self, service, send):
        service.statuses = {"a-1": ["NEW_WORD"]}
        send(["a"])
        user = send(["a"], retry=AT_LEAST_ONCE).users["a"]
        assert (user.outcome, user.maybe_duplicated) == (Outcome.SUCCESSFUL, True)
        assert [list(request.get("Endpoints", "")) for _, request in service.requests] == [[], ["a-1"]]
        assert service.delivered == {"a-1": 1, "a-2": 1}

    def test_goes_again_if_asked_for(self, service, send):
        service.failures = [ReadTimeoutError("late")]
        send(["a"])
        user = send(["a"], retry=AT_LEAST_ONCE).users["a"]
        assert (user.outcome, user.maybe_duplicated, user.attempts) == (Outcome.SUCCESSFUL, True, 2)
        again = send(["a"]).users["a"]
        assert (again.outcome, again.maybe_duplicated) == (Outcome.SUCCESSFUL, True)

    @of_a_file
    def test_is_what_a_killed_process_leaves_of_its_requests_under_way(self, service, send, journal, tmp_path):
        copies = []
        service.before_post = lambda number: number == 3 and copies.append(copy(journal, tmp_path / "killed.db"))
        send()
        in_flight, fourth = ([*request["Users"]] for _, request in service.requests[2:])
        service.requests.clear()
        report = send(journal=copies[0])
        assert [[*request["Users"]] for _, request in service.requests] == [fourth]
        assert [user.user_id for user in report.unknown] == in_flight
        assert report.counts[Outcome.SUCCESSFUL] == 350 - len(in_flight)
        assert {type(user.error) for user in report.unknown} == {InFlightError}

    @of_a_file
    def test_of_single_endpoints_leaves_the_others_known(self, service, send, journal, tmp_path):
        copies = []
        service.statuses = {"a-1": ["THROTTLED"], "c-1": ["THROTTLED"]}
        service.before_post = lambda number: number == 2 and copies.append(copy(journal, tmp_path / "killed.db"))
        send(["a", "b", "c"])
        service.requests.clear()
        report = send(["a", "b", "c"], journal=copies[0])
        assert service.requests == []
        assert [str(user.outcome) for user in report.users.values()] == ["UNKNOWN", "SUCCESSFUL", "UNKNOWN"]
        assert report.users["a"].endpoints.keys() == {"a-2"}
        report = send(["a", "b", "c"], journal=copies[0], retry=AT_LEAST_ONCE)
        assert [list(request["Endpoints"]) for _, request in service.requests] == [["a-1", "c-1"]]
        assert report.counts[Outcome.SUCCESSFUL] == 3

    @of_a_file
    def test_status_makes_nobody_doubled_whose_other_endpoint_was_in_flight_again(self, service, send, journal, tmp_path):
        service.statuses = {"u-1": ["QUEUED"], "u-2": ["THROTTLED"]}
        copies = []
        service.before_post = lambda number: number == 2 and copies.append(copy(journal, tmp_path / "killed.db"))
        send(["u"])
        report = send(["u"], journal=copies[0])
        assert report.users["u"].outcome is Outcome.UNKNOWN
        assert not report.maybe_duplicated

    @of_a_file
    def test_of_an_endpoint_that_was_in_flight_again_may_be_doubled(self, service, send, journal, tmp_path):
        service.statuses = {"u-1": ["QUEUED"]}
        copies = []
        service.before_post = lambda number: number == 2 and copies.append(copy(journal, tmp_path / "killed.db"))
        send(["u"], retry=RetryPolicy(on_unknown="resend"))
        report = send(["u"], journal=copies[0])
        assert [user.user_id for user in report.maybe_duplicated] == ["u"]


def what_is_known(pinpoint, message, users, journal):
    """The report, whether the run ends well or not."""
    try:
        return pinpoint.send(message, users, journal=journal)
    except RunStoppedError as error:
        return error.report


@given(seed=st.integers(0, 2**32), retry=st.sampled_from([AT_MOST_ONCE, AT_LEAST_ONCE]))
def test_however_often_it_is_killed(new_service, message, tmp_path_factory, seed, retry):
    random, service = Random(seed), new_service()
    directory = tmp_path_factory.mktemp("journals")
    users = USERS[: random.randint(1, 350)]
    endpoints = [f"{user}-{number}" for user in users for number in (1, 2)]
    service.statuses = {endpoint: ["THROTTLED"] * random.randint(0, 2) for endpoint in endpoints if random.random() < 0.2}

    def kill_at_random(before, after):
        kill = len(service.requests) + random.randint(1, 6)

        def die(number):
            if number == kill:
                copy(before, after)
            if number >= kill:
                raise SystemExit  # the answer doesn't reach a dead process, and nothing more goes out

        return die

    journal = Journal(directory / "0.db")
    for number in range(1, 5):
        left = directory / f"{number}.db"
        service.before_post = kill_at_random(journal, left) if number < 4 else lambda _number: None
        with PinpointUsers("app", transport=service, retry=retry, concurrency=random.choice([1, 4])) as pinpoint:
            report = what_is_known(pinpoint, message, users, journal)
        assert list(report.users) == users
        if not left.exists():
            break
        journal = Journal(left, force=True)  # another thread may have been writing, which a kill breaks off as the copy does
    if retry is AT_MOST_ONCE:
        assert set(service.delivered.values()) <= {1}
    else:
        assert report.counts[Outcome.SUCCESSFUL] == len(users)
        assert service.delivered.keys() == set(endpoints)
        twice = {endpoint.rsplit("-", 1)[0] for endpoint, times in service.delivered.items() if times > 1}
        assert twice <= {user.user_id for user in report.maybe_duplicated}
    for user in report.users.values():
        got = service.delivered.keys() & {f"{user.user_id}-1", f"{user.user_id}-2"}
        assert user.outcome is not Outcome.SUCCESSFUL or len(got) == 2
        assert user.sent is not Sent.NOT_SENT or not got


class TestDuplicates:
    def test_of_a_stream_are_passed_over_and_told(self, service, message, journal):
        users = [*USERS[:150], *USERS[:3], *USERS[100:160]]
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, users, journal=journal)
            results = [result.user_id for result in stream]
        assert sorted(results) == sorted(USERS[:160])
        assert Counter(stream.duplicates) == Counter([*USERS[:3], *USERS[100:150]])
        assert set(service.delivered.values()) == {1}

    def test_of_a_later_run_are_passed_over_too(self, service, message, journal):
        with PinpointUsers("app", transport=service) as pinpoint:
            first = list(pinpoint.stream(message, ["a", "b"], journal=journal))
            stream = pinpoint.stream(message, ["b", "a", "b", "c", "a"], journal=journal)
            results = [result.user_id for result in stream]
        assert len(first) == 2
        assert sorted(results) == ["a", "b", "c"]
        assert sorted(stream.duplicates) == ["a", "b"]

    def test_among_users_whose_turn_did_not_come(self, service, message, journal):
        service.failures = [AccessDeniedError("403")]
        with PinpointUsers("app", transport=service) as pinpoint:
            stream = pinpoint.stream(message, ["a", "a", "x", "x"], journal=journal)
            with stopped_by(AccessDeniedError) as caught:
                next(stream)
        report = caught.value.report
        assert {user_id: user.outcome for user_id, user in report.users.items()} == dict.fromkeys("ax", Outcome.NOT_SENT)
        assert report.duplicates == stream.duplicates == ("a", "x")
        assert len(service.requests) == 1
