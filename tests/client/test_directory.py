"""A client whose users are looked up in a directory."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import attrs
import pytest

from pinpoint_users import (
    AccessDeniedError,
    APNSMessage,
    DeadlineExceededError,
    DefaultMessage,
    DeliveryStatus,
    DirectMessageConfiguration,
    DirectoryError,
    EmailMessage,
    EndOfSupportError,
    EndpointSendConfiguration,
    FailureReason,
    GCMMessage,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunStoppedError,
    SendUsersMessageRequest,
    Sent,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    Template,
    TemplateConfiguration,
    Transport,
    UndeliveredError,
    ValidationError,
)
from pinpoint_users._transport.base import answer_error
from pinpoint_users.directory import MemoryDirectory
from pinpoint_users.endpoints import Endpoint, EndpointUser
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, PinpointAddresses, TextMessaging

PHONE = "+12065550100"
SMS = DirectMessageConfiguration(sms_message=SMSMessage(body="Hello {{name}}"))
PUSH = DirectMessageConfiguration(gcm_message=GCMMessage(body="Hello"), sms_message=SMSMessage(body="Hello"))
NAMED = EndpointSendConfiguration(substitutions={"name": ["Ann"]})
EMAIL = DirectMessageConfiguration(
    sms_message=SMSMessage(body="Hello"),
    email_message=EmailMessage(
        simple_email=SimpleEmail(subject=SimpleEmailPart(data="Hi"), html_part=SimpleEmailPart(data="<p>{{User.UserId}}</p>"))
    ),
)


def phone(user_id: str = "u-1", address: str = PHONE, **members: Any) -> Endpoint:
    return Endpoint(channel_type="SMS", address=address, id=f"{user_id}-sms", user=EndpointUser(user_id=user_id), **members)


def token(user_id: str = "u-1", address: str = "token", **members: Any) -> Endpoint:
    return Endpoint(channel_type="GCM", address=address, id=f"{user_id}-gcm", user=EndpointUser(user_id=user_id), **members)


def mail(user_id: str = "u-1", address: str = "ann@example.com", **members: Any) -> Endpoint:
    return Endpoint(channel_type="EMAIL", address=address, id=f"{user_id}-mail", user=EndpointUser(user_id=user_id), **members)


class TestWhereEndpointsComeFrom:
    def test_a_mapping_a_function_and_a_directory_do(self) -> None:
        given = {"u-1": [phone()]}

        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            return {user_id: given[user_id] for user_id in user_ids if user_id in given}

        for directory in (given, look_up, MemoryDirectory([phone()])):
            with LocalPinpoint() as local, local.client(directory=directory) as pinpoint:
                report = pinpoint.send(SMS, {"u-1": NAMED, "u-2": NAMED})
                assert report.users["u-1"].outcome is Outcome.SUCCESSFUL
                assert report.users["u-2"].reason is FailureReason.NO_ENDPOINTS
                assert [(each.address, each.body) for each in local.deliveries()] == [(PHONE, "Hello Ann")]

    def test_it_is_asked_for_at_most_100_users_at_a_time(self) -> None:
        asked: list[int] = []

        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            asked.append(len(user_ids))
            return {}

        with LocalPinpoint() as local, local.client(directory=look_up) as pinpoint:
            report = pinpoint.send(PUSH, [f"u-{number}" for number in range(230)])
            assert len(list(pinpoint.stream(PUSH, iter(["u-1", "u-2"])))) == 2
        assert report.counts[Outcome.FAILED] == 230
        assert sorted(asked) == [2, 30, 100, 100]

    @pytest.mark.parametrize(
        "wrong", [OSError("no database"), [phone()], {"u-1": [{"Address": PHONE}]}, {"u-1": iter([phone()])}, {1: [phone()]}]
    )
    def test_one_that_cant_be_read_stops_the_run_and_nobody_is_sent_to(self, wrong: Any) -> None:
        class Wrong:
            def endpoints_of(self, user_ids: Sequence[str]) -> Any:
                if isinstance(wrong, OSError):
                    raise wrong
                return wrong

        with LocalPinpoint() as local, local.client(directory=Wrong()) as pinpoint:
            with pytest.raises(RunStoppedError) as caught:
                pinpoint.send(PUSH, ["u-1", "u-2"])
            assert not local.deliveries()
        assert isinstance(caught.value.reason, DirectoryError)
        assert caught.value.report.counts[Outcome.NOT_SENT] == 2

    def test_what_is_no_directory_is_refused(self) -> None:
        with pytest.raises(ValidationError, match="must be a directory, a function"):
            PinpointUsers("a", directory=3)  # type: ignore[arg-type]  # that is the mistake
        with pytest.raises(ValidationError, match="keeps_directory: must be True or False, not int"):
            PinpointUsers("a", keeps_directory=1)  # type: ignore[arg-type]  # likewise


DELIVERED = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200}


class Answering(Transport):
    """Says the same of addresses each time; its time is the real one."""

    timeout = 0.05

    def __init__(self, results: dict[str, Any]) -> None:
        self._results = results

    def post(self, operation: Any, application_id: str, body: bytes) -> Any:
        return {"Result": self._results}


class Nothing(Transport):
    """By which nothing may go out; its time is the real one."""

    def post(self, operation: Any, application_id: str, body: bytes) -> bytes:
        raise AssertionError("nothing goes out after the deadline")


class TestWhileItIsAsked:
    """The directory takes its time: neither clock nor caller is to be led astray."""

    def test_virtual_time_stands_still(self) -> None:
        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            for _ in range(2_000):
                os.sched_yield()
            return {user_id: [phone(user_id)] for user_id in user_ids}

        for journal in (False, True):
            with LocalPinpoint() as local, local.client(directory=look_up) as pinpoint, tempfile.TemporaryDirectory() as folder:
                how = {"journal": Journal(Path(folder, "run.db"))} if journal else {}
                for _ in range(10):
                    report = pinpoint.send(PUSH, [f"u-{time.monotonic_ns()}"], deadline=20, **how)
                    assert report.counts[Outcome.SUCCESSFUL] == 1, str(report)
                    how = {}
                assert local.waited == 0

    @pytest.mark.parametrize("has_journal", [False, True])
    def test_a_deadline_is_kept_though_the_directory_hangs(self, has_journal: bool, tmp_path: Path) -> None:
        goes_on = threading.Event()

        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            goes_on.wait(60)
            return {user_id: [phone(user_id)] for user_id in user_ids}

        how: Any = {"journal": Journal(tmp_path / "run.db")} if has_journal else {}
        with PinpointUsers("a", transport=Nothing(), directory=look_up) as pinpoint:
            with pytest.raises(RunStoppedError) as caught:
                pinpoint.send(PUSH, ["u-1", "u-2"], deadline=0.05, **how)
            goes_on.set()
        assert isinstance(caught.value.reason, DeadlineExceededError)
        assert caught.value.report.counts[Outcome.NOT_SENT] == 2

    def test_a_directory_that_fails_after_it_was_given_up_changes_nothing(self) -> None:
        goes_on = threading.Event()

        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            goes_on.wait(60)
            raise OSError("the connection was closed")

        with PinpointUsers("a", transport=Nothing(), directory=look_up) as pinpoint:
            with pytest.raises(RunStoppedError) as caught:
                pinpoint.send(PUSH, ["u-1"], deadline=0.05)
            goes_on.set()
        assert isinstance(caught.value.reason, DeadlineExceededError)
        assert isinstance(caught.value.report.users["u-1"].error, DeadlineExceededError)

    def test_who_is_done_by_the_journal_stays_done_when_the_directory_hangs(self, tmp_path: Path) -> None:
        may_go_on = threading.Event()

        class Hanging(MemoryDirectory):
            def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
                if "u-2" in user_ids:
                    may_go_on.wait(10)
                return super().endpoints_of(user_ids)

        directory = Hanging([token("u-1"), token("u-2", "other")])
        with PinpointUsers("a", transport=Answering({"token": DELIVERED}), directory=directory) as pinpoint:
            pinpoint.send(PUSH, ["u-1"], journal=Journal(tmp_path / "run.db"))
            with pytest.raises(RunStoppedError) as caught:
                pinpoint.send(PUSH, ["u-1", "u-2"], journal=Journal(tmp_path / "run.db"), deadline=0.1)
            may_go_on.set()
        users = caught.value.report.users
        assert [users[each].outcome for each in ("u-1", "u-2")] == [Outcome.SUCCESSFUL, Outcome.NOT_SENT]

    def test_a_deadline_that_passes_meanwhile_is_told(self) -> None:
        with LocalPinpoint() as local:

            def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
                local.transport.sleep(30)
                return {user_id: [phone(user_id)] for user_id in user_ids}

            with local.client(directory=look_up) as pinpoint, pytest.raises(RunStoppedError) as caught:
                pinpoint.send(PUSH, ["u-1"], deadline=20)
            assert not local.deliveries()
        assert caught.value.report.counts[Outcome.NOT_SENT] == 1

    def test_users_who_are_done_arent_looked_up_again(self, tmp_path: Path) -> None:
        asked: list[str] = []

        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            asked.extend(user_ids)
            return {"u-1": [phone()], "u-2": [phone("u-2", "+12065550102")]}

        with LocalPinpoint() as local, local.client(directory=look_up) as pinpoint:
            pinpoint.send(PUSH, ["u-1"], journal=Journal(tmp_path / "run.db"))
            report = pinpoint.send(PUSH, ["u-1", "u-2"], journal=Journal(tmp_path / "run.db"))
            assert len(local.deliveries()) == 2
        assert asked == ["u-1", "u-2"]
        assert len(report.successful) == 2


class TestWhatChangesBetweenRuns:
    """The journal of an earlier run, and a directory that tells other things since."""

    def runs(self, tmp_path: Path, before: list[Endpoint], after: list[Endpoint], script: Any, **how: Any) -> Any:
        got: list[list[str]] = []
        with LocalPinpoint() as local:
            for number, endpoints in enumerate((before, after)):
                policy = RetryPolicy(max_attempts=2)
                with local.client(directory={"u-1": endpoints}, retry=policy) as pinpoint:
                    if number == 0:
                        script(local)
                    report = pinpoint.send(PUSH, ["u-1"], journal=Journal(tmp_path / "run.db"), **how)
                got.append(sorted(each.address for each in local.deliveries()))
                local.clear_deliveries()
        return report.users["u-1"], got

    def test_who_is_done_stays_done(self, tmp_path: Path) -> None:
        for number, after in enumerate(([phone(address="+12065550199")], [phone(), token()], [])):
            folder = tmp_path / str(number)
            folder.mkdir()
            user, got = self.runs(folder, [phone()], after, lambda local: None)
            assert got == [[PHONE], []]
            assert user.outcome is Outcome.SUCCESSFUL

    def test_what_is_in_doubt_doesnt_go_under_another_id(self, tmp_path: Path) -> None:
        other = attrs.evolve(phone(), id="another")
        user, got = self.runs(tmp_path, [phone()], [other], lambda local: local.drop_next())
        assert not got[1]
        assert user.outcome is Outcome.UNKNOWN

    def test_one_channel_of_several_is_enough(self, tmp_path: Path) -> None:
        both = [phone(), token()]
        throttled = lambda local: local.throttle(addresses=["token"], times=2)  # noqa: E731 - a script
        user, got = self.runs(tmp_path, both, both, throttled, first_of=["PUSH", "SMS"])
        assert got == [[PHONE], []]
        assert user.outcome is Outcome.SUCCESSFUL

    def test_one_channel_of_several_is_enough_for_a_run_that_is_stopped(self, tmp_path: Path) -> None:
        with LocalPinpoint() as local:
            how: Any = {"journal": Journal(tmp_path / "run.db"), "first_of": ["PUSH", "SMS"]}
            policy = RetryPolicy(max_attempts=1)
            with local.client(directory={"u-1": [phone(), token()]}, retry=policy) as pinpoint:
                local.throttle(addresses=["token"])
                pinpoint.send(PUSH, ["u-1"], **how)
                with pinpoint.stream(PUSH, ["u-1"], **how) as stream:
                    stream.stop()
                    assert [result.outcome for result in stream] == [Outcome.SUCCESSFUL]

    def test_never_after_an_unknown_outcome_of_an_earlier_run(self, tmp_path: Path) -> None:
        user, got = self.runs(
            tmp_path, [phone()], [phone(), token()], lambda local: local.drop_next(), first_of=["PUSH", "SMS"]
        )
        assert not got[1]
        assert user.outcome is Outcome.UNKNOWN

    def test_an_endpoint_that_is_gone_is_told(self, tmp_path: Path) -> None:
        refused = lambda local: local.fail_next(429, times=2)  # noqa: E731 - a script
        user, got = self.runs(tmp_path, [phone()], [], refused)
        assert not got[0]
        assert not got[1]
        assert user.endpoints["u-1-sms"].status_message == "No endpoint found for endpointId."

    def test_what_was_refused_goes_in_the_next_run(self, tmp_path: Path) -> None:
        refused = lambda local: local.fail_next(429, times=2)  # noqa: E731 - a script
        _, got = self.runs(tmp_path, [phone()], [phone()], refused)
        assert got == [[], [PHONE]]

    def test_two_endpoints_of_one_id_both_get_it(self) -> None:
        twins = [phone(), phone(address="+12065550199")]
        with LocalPinpoint() as local, local.client(directory=lambda user_ids: {"u-1": twins}) as pinpoint:
            report = pinpoint.send(PUSH, ["u-1"])
            assert sorted(each.address for each in local.deliveries()) == [PHONE, "+12065550199"]
        assert len(report.users["u-1"].endpoints) == 2

    def test_a_directory_that_exits_is_one_that_cant_be_read(self) -> None:
        def look_up(user_ids: Sequence[str]) -> Mapping[str, Sequence[Endpoint]]:
            raise SystemExit(1)

        with LocalPinpoint() as local, local.client(directory=look_up) as pinpoint, pytest.raises(RunStoppedError) as caught:
            pinpoint.send(PUSH, ["u-1"])
        assert isinstance(caught.value.reason, DirectoryError)


def test_a_channel_that_the_message_has_nothing_for_is_no_failure() -> None:
    with LocalPinpoint() as local, local.client(directory={"u-1": [phone(), token()], "u-2": [token("u-2")]}) as pinpoint:
        pinpoint.send(PUSH, ["u-1"], channels=["SMS"]).raise_for_failures()
        with pytest.raises(UndeliveredError):
            pinpoint.send(PUSH, ["u-2"], channels=["SMS"]).raise_for_failures()


def test_apns_channels_are_told_apart_though_they_share_a_message() -> None:
    channels = ("APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX")
    directory = {"u-1": [Endpoint(channel_type=channel, address=f"{channel}-token") for channel in channels]}
    message = DirectMessageConfiguration(apns_message=APNSMessage(title="Hello", body="there"))
    with LocalPinpoint() as local, local.client(directory=directory) as pinpoint:
        pinpoint.send(message, ["u-1"], channels=["APNS_SANDBOX"]).raise_for_failures()
        assert [each.channel_type for each in local.deliveries()] == ["APNS_SANDBOX"]
        pinpoint.send(message, ["u-1"], channels=["PUSH"]).raise_for_failures()
        assert len(local.deliveries()) == 5


def test_a_journal_tells_apns_channels_apart(tmp_path) -> None:
    directory = {"u-1": [Endpoint(channel_type=channel, address=f"{channel}-token") for channel in ("APNS", "APNS_SANDBOX")]}
    message = DirectMessageConfiguration(apns_message=APNSMessage(title="Hello", body="there"))
    journal = Journal(tmp_path / "run.db")
    with LocalPinpoint() as local, local.client(directory=directory) as pinpoint:
        pinpoint.send(message, ["u-1"], channels=["APNS_SANDBOX"], journal=journal).raise_for_failures()
        with pytest.raises(JournalError):
            pinpoint.send(message, ["u-1"], channels=["APNS"], journal=journal)
        pinpoint.send(message, ["u-1"], channels=["APNS_SANDBOX"], journal=journal).raise_for_failures()
        assert len(local.deliveries()) == 1


class TestWhatIsKept:
    def scripted(self, local: LocalPinpoint, results: dict[str, dict[str, Any]]) -> Any:
        inner = local.transport

        class Answers(type(inner)):  # type: ignore[misc]  # a class that is there only at run time
            def post(self, operation: Any, application_id: str, body: bytes) -> Any:
                return {"Result": results, "ApplicationId": application_id}

        transport = Answers.__new__(Answers)
        transport.__dict__.update(inner.__dict__)
        return transport

    DEAD: ClassVar[dict[str, Any]] = {"DeliveryStatus": "PERMANENT_FAILURE", "StatusCode": 410, "StatusMessage": "Unregistered"}
    NEW: ClassVar[dict[str, Any]] = {"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "UpdatedToken": "new"}

    def test_a_dead_token_is_retired_and_a_replaced_one_renewed(self) -> None:
        directory = MemoryDirectory([token("u-1", "dead"), token("u-2", "old")])
        with LocalPinpoint() as local:
            transport = self.scripted(local, {"dead": self.DEAD, "old": self.NEW})
            with PinpointUsers("a", transport=transport, directory=directory) as pinpoint:
                report = pinpoint.send(PUSH, ["u-1", "u-2"])
        assert [each.address for each in report.retired] == ["dead"]
        assert [(each.address, each.token) for each in report.renewed] == [("old", "new")]
        found = directory.endpoints_of(["u-1", "u-2"])
        assert found["u-1"][0].endpoint_status == "INACTIVE"
        assert found["u-2"][0].address == "new"

    def test_a_token_that_another_failure_is_told_of_stays(self) -> None:
        directory = MemoryDirectory([token("u-1", "busy"), token("u-2", "out")])
        refused = {
            "busy": {"DeliveryStatus": "TEMPORARY_FAILURE", "StatusCode": 503},
            "out": {"DeliveryStatus": "OPT_OUT", "StatusCode": 400},
        }
        with LocalPinpoint() as local:
            transport = self.scripted(local, refused)
            with PinpointUsers("a", transport=transport, directory=directory) as pinpoint:
                report = pinpoint.send(PUSH, ["u-1", "u-2"])
        assert not report.retired
        kept = directory.endpoints_of(["u-1", "u-2"])
        assert [each.endpoint_status for found in kept.values() for each in found] == [None, None]

    def test_nothing_is_kept_where_that_isnt_wanted(self) -> None:
        directory = MemoryDirectory([token("u-1", "dead"), token("u-2", "old")])
        with LocalPinpoint() as local:
            transport = self.scripted(local, {"dead": self.DEAD, "old": self.NEW})
            with PinpointUsers("a", transport=transport, directory=directory, keeps_directory=False) as pinpoint:
                pinpoint.send(PUSH, ["u-1", "u-2"])
        assert directory.endpoints_of(["u-2"])["u-2"][0].address == "old"

    @pytest.mark.parametrize("error", [OSError("read only"), SystemExit(1)])
    def test_a_directory_that_cant_be_written_costs_nobody_a_result(
        self, caplog: pytest.LogCaptureFixture, error: BaseException
    ) -> None:
        class ReadOnly(MemoryDirectory):
            def retire(self, endpoint_id: str, token: str, /) -> bool:
                raise error

        with LocalPinpoint() as local, caplog.at_level(logging.WARNING, "pinpoint_users"):
            transport = self.scripted(local, {"dead": self.DEAD})
            with PinpointUsers("a", transport=transport, directory=ReadOnly([token("u-1", "dead")])) as pinpoint:
                report = pinpoint.send(PUSH, ["u-1"])
        assert report.users["u-1"].reason is FailureReason.DEAD_TOKEN
        assert "could not be told of endpoint u-1-gcm" in caplog.text
        assert "dead" not in caplog.text.replace("u-1-gcm", "")

    @pytest.mark.parametrize("how", ["it comes back", "it is given up", "the deadline passes"])
    def test_a_directory_that_is_slow_to_be_told_costs_nobody_a_result(self, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
        class Slow(MemoryDirectory):
            def retire(self, endpoint_id: str, token: str, /) -> bool:
                may_go_on.wait(0.15 if how == "it comes back" else 10)
                return super().retire(endpoint_id, token)

        may_go_on = threading.Event()
        if how == "it is given up":
            monkeypatch.setattr("pinpoint_users._run.run._KEEPING", 0.05)
        directory = Slow([token("u-1", "dead"), token("u-2")])
        transport = Answering({"dead": self.DEAD, "token": DELIVERED})
        with PinpointUsers("a", transport=transport, directory=directory, concurrency=1) as pinpoint:
            report = pinpoint.send(PUSH, ["u-1", "u-2"], deadline=0.2 if how == "the deadline passes" else None)
            is_told = directory.endpoints_of(["u-1"])["u-1"][0].endpoint_status == "INACTIVE"
            assert pinpoint.send(PUSH, ["u-2"]).users["u-2"].outcome is Outcome.SUCCESSFUL  # there is a place again
        may_go_on.set()
        assert report.users["u-1"].reason is FailureReason.DEAD_TOKEN
        assert report.users["u-2"].outcome is Outcome.SUCCESSFUL
        assert is_told is (how == "it comes back")

    @pytest.mark.parametrize("answer", [{"token": None}, {"token": "x"}, {"token": {"DeliveryStatus": "SUCCESSFUL"}}, {}])
    def test_an_address_that_the_answer_lacks_is_unknown(self, answer: Any) -> None:
        with LocalPinpoint() as local:
            transport = self.scripted(local, answer)
            with PinpointUsers("a", transport=transport, directory={"u-1": [token()]}) as pinpoint:
                report = pinpoint.send(PUSH, ["u-1"])
        user = report.users["u-1"]
        assert user.outcome is (
            Outcome.SUCCESSFUL if answer.get("token") == {"DeliveryStatus": "SUCCESSFUL"} else Outcome.UNKNOWN
        )


def test_endpoints_are_what_goes_again_whatever_the_scope() -> None:
    policy = RetryPolicy(scope="user")
    with LocalPinpoint() as local, local.client(directory={"u-1": [phone(), token()]}, retry=policy) as pinpoint:
        local.throttle(addresses=["token"], times=1)
        report = pinpoint.send(PUSH, ["u-1"])
        assert sorted(each.address for each in local.deliveries()) == [PHONE, "token"]
    assert report.users["u-1"].outcome is Outcome.SUCCESSFUL


class TestFirstOf:
    def send(self, endpoints: list[Endpoint], *, script: Any = None, **how: Any) -> tuple[Any, list[str]]:
        with LocalPinpoint() as local, local.client(directory={"u-1": endpoints}) as pinpoint:
            if script is not None:
                script(local)
            report = pinpoint.send(PUSH, ["u-1"], first_of=["PUSH", "SMS"], **how)
            return report.users["u-1"], [each.address for each in local.deliveries()]

    def test_only_the_first_channel_that_reaches_gets_it(self) -> None:
        user, got = self.send([phone(), token()])
        assert got == ["token"]
        assert user.outcome is Outcome.SUCCESSFUL
        assert set(user.endpoints) == {"u-1-gcm"}

    @pytest.mark.parametrize("members", [{"opt_out": "ALL"}, {"endpoint_status": "INACTIVE"}])
    def test_the_next_one_gets_it_if_nothing_can_be_sent_by_the_first(self, members: Any) -> None:
        user, got = self.send([phone(), token(**members)])
        assert got == [PHONE]
        assert user.outcome is Outcome.SUCCESSFUL
        assert set(user.endpoints) == {"u-1-gcm", "u-1-sms"}

    def test_the_next_one_gets_it_if_the_first_is_throttled_to_the_end(self) -> None:
        user, got = self.send([phone(), token()], script=lambda local: local.throttle(addresses=["token"], times=9))
        assert got == [PHONE]
        assert user.endpoints["u-1-gcm"].reason is FailureReason.THROTTLED

    def test_the_next_one_gets_it_if_requests_by_the_first_are_refused_to_the_end(self) -> None:
        routes = {"SMS": TextMessaging(origination_identity="+12065550199")}
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone(), token()]}, routes=routes) as pinpoint:
            local.fail_next(429, operation="SendMessages", times=9)
            report = pinpoint.send(PUSH, ["u-1"], first_of=["PUSH", "SMS"])
            assert [each.address for each in local.deliveries()] == [PHONE]
        assert report.users["u-1"].endpoints["u-1-gcm"].reason is FailureReason.THROTTLED

    @pytest.mark.parametrize("status", [DeliveryStatus.TEMPORARY_FAILURE, DeliveryStatus.UNKNOWN_FAILURE])
    def test_never_after_a_failure_that_may_be_none(self, status: DeliveryStatus) -> None:
        def fails(answer: dict[str, Any]) -> dict[str, Any]:
            answer["Result"]["token"] |= {"DeliveryStatus": status.value, "StatusCode": 500}
            return answer

        user, got = self.send([phone(), token()], script=lambda local: local.alter_next(fails))
        assert PHONE not in got
        assert (user.outcome, user.sent) == (Outcome.FAILED, Sent.PERHAPS_SENT)

    def test_never_after_an_unknown_outcome(self) -> None:
        user, got = self.send([phone(), token()], script=lambda local: local.drop_next())
        assert PHONE not in got
        assert user.outcome is Outcome.UNKNOWN

    def test_nobody_is_reached_by_none(self) -> None:
        user, got = self.send([phone(opt_out="ALL"), token(opt_out="ALL")])
        assert not got
        assert user.reason is FailureReason.OPTED_OUT
        assert self.send([mail()])[0].reason is FailureReason.NO_ENDPOINTS

    def test_it_takes_a_directory(self) -> None:
        with (
            LocalPinpoint() as local,
            local.client() as pinpoint,
            pytest.raises(ValidationError, match="takes a directory"),
        ):
            pinpoint.send(PUSH, ["u-1"], first_of=["SMS"])

    @pytest.mark.parametrize(
        ("words", "said"),
        [("SMS", "must be a list"), ([], "must name one"), (["FAX"], "'FAX' isn't a channel; allowed: ADM, APNS")],
    )
    def test_channels_that_arent_any_are_refused(self, words: Any, said: str) -> None:
        with LocalPinpoint() as local, local.client() as pinpoint, pytest.raises(ValidationError, match=said):
            pinpoint.send(PUSH, ["u-1"], channels=words)


class TestWaysOut:
    ROUTES: ClassVar[Any] = {
        "EMAIL": SES(from_email_address="a@example.com"),
        "SMS": TextMessaging(origination_identity="+12065550199"),
    }

    def test_each_channel_goes_its_way(self) -> None:
        directory = {"u-1": [phone(), mail(), token()]}
        with LocalPinpoint() as local, local.client(directory=directory, routes=self.ROUTES) as pinpoint:
            report = pinpoint.send(EMAIL, ["u-1"])
            got = {str(each.channel_type): (each.address, each.body, each.html) for each in local.deliveries()}
        assert got == {"SMS": (PHONE, "Hello", None), "EMAIL": ("ann@example.com", None, "<p>u-1</p>")}
        assert report.users["u-1"].outcome is Outcome.PARTIAL
        assert report.users["u-1"].reason is FailureReason.NO_MESSAGE_FOR_CHANNEL

    def test_a_way_that_is_refused_is_closed_and_the_others_go_on(self) -> None:
        directory = {
            f"u-{number}": [phone(f"u-{number}", f"+1206555{number:04}"), mail(f"u-{number}", f"a{number}@example.com")]
            for number in range(150)
        }
        with LocalPinpoint() as local, local.client(directory=directory, routes=self.ROUTES, concurrency=1) as pinpoint:
            local.fail_next(403, operation="SendBulkEmail", times=99)
            with pytest.raises(RunStoppedError) as caught:
                pinpoint.send(EMAIL, list(directory))
            assert len(local.deliveries()) == 150
            local.clear_deliveries()
            stream = pinpoint.stream(EMAIL, list(directory))
            seen = [next(stream) for _ in directory]
            with pytest.raises(RunStoppedError) as raised:
                next(stream)
        assert isinstance(caught.value.reason, AccessDeniedError)
        assert caught.value.report.counts[Outcome.PARTIAL] == 150
        assert {user.reason for user in caught.value.report.users.values()} == {FailureReason.CONFIGURATION}
        assert len(seen) == 150
        assert not raised.value.report.users

    def test_an_email_without_a_from_address_is_refused_before_anything_is_sent(self) -> None:
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone(), mail()]}) as pinpoint:
            with pytest.raises(ValidationError, match="from_email_address"):
                pinpoint.send(EMAIL, ["u-1"])
            assert not local.deliveries()

    def test_a_text_for_all_goes_where_it_can_and_tells_what_email_lacks(self) -> None:
        message = DirectMessageConfiguration(default_message=DefaultMessage(body="Hello"))
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone(), mail()]}) as pinpoint:
            report = pinpoint.send(message, ["u-1"])
            assert [each.address for each in local.deliveries()] == [PHONE]
        assert "from_email_address" in str(report.users["u-1"].endpoints["u-1-mail"].status_message)

    @pytest.mark.parametrize(
        ("routes", "said"),
        [
            ([SES()], "routes: must be a mapping of channels to ways out, not list"),
            ({"FAX": SES()}, r"routes\['FAX'\]: isn't a channel; allowed: ADM"),
            ({"EMAIL": TextMessaging()}, r"routes\['EMAIL'\]: must be SES or PinpointAddresses, not TextMessaging"),
            ({"PUSH": SES()}, r"routes\['PUSH'\]: must be PinpointAddresses, not SES"),
            (
                {"PUSH": PinpointAddresses(requests_per_second=1), "SMS": PinpointAddresses()},
                r"routes\['SMS'\]: differs from another PinpointAddresses",
            ),
        ],
    )
    def test_ways_that_cant_be_are_refused(self, routes: Any, said: str) -> None:
        with pytest.raises(ValidationError, match=said):
            PinpointUsers("a", directory={}, routes=routes)

    def test_ways_take_a_directory(self) -> None:
        with pytest.raises(ValidationError, match="routes: takes a directory"):
            PinpointUsers("a", routes={"EMAIL": SES()})

    def test_a_bad_address_costs_its_own_endpoint_alone(self) -> None:
        directory = {f"u-{number}": [token(f"u-{number}", f"token-{number}")] for number in range(9)}

        class Picky(type(LocalPinpoint().transport)):  # type: ignore[misc]  # a class that is there only at run time
            def post(self, operation: Any, application_id: str, body: bytes) -> Any:
                if b'"token-5"' in body:
                    raise answer_error(operation, 400, code="BadRequestException", message="bad token")
                return super().post(operation, application_id, body)

        with LocalPinpoint() as local:
            transport = Picky.__new__(Picky)
            transport.__dict__.update(local.transport.__dict__)
            with PinpointUsers(local.application_id, transport=transport, directory=directory) as pinpoint:
                report = pinpoint.send(PUSH, list(directory))
            assert len(local.deliveries()) == 8
        assert [user.user_id for user in report.failed] == ["u-5"]

    def test_a_message_that_is_refused_for_everybody_closes_the_way(self) -> None:
        directory = {f"u-{number}": [token(f"u-{number}", f"token-{number}")] for number in range(500)}
        with LocalPinpoint() as local, local.client(directory=directory) as pinpoint:
            local.fail_next(400, times=10_000)
            with pytest.raises(RunStoppedError):
                pinpoint.send(PUSH, list(directory))
            assert sum(local.requests.values()) < 100

    def test_a_bound_in_message_parts_is_kept(self) -> None:
        routes = {"SMS": TextMessaging(origination_identity="+12065550199", parts_per_second=2)}
        directory = {f"u-{number}": [phone(f"u-{number}", f"+1206555{number:04}")] for number in range(9)}
        long = DirectMessageConfiguration(sms_message=SMSMessage(body="x" * 200))  # two parts
        with LocalPinpoint() as local, local.client(directory=directory, routes=routes) as pinpoint:
            pinpoint.send(long, list(directory))
            assert 7.5 <= local.waited <= 9.5


class TestTheOperationItself:
    def test_it_answers_as_pinpoint_did(self) -> None:
        request = SendUsersMessageRequest(message_configuration=SMS, users={"u-1": NAMED, "u-2": NAMED})
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone()]}) as pinpoint:
            response = pinpoint.send_users_messages(request)
        assert response.result is not None
        assert response.result["u-1"]["u-1-sms"].delivery_status == "SUCCESSFUL"
        assert response.result["u-2"][""].status_message == "No endpoints found for userId."
        assert response.request_id

    def test_what_nobody_got_is_raised(self) -> None:
        request = SendUsersMessageRequest(message_configuration=SMS, users={"u-1": NAMED})
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone()]}) as pinpoint:
            local.fail_next(403)
            with pytest.raises(AccessDeniedError):
                pinpoint.send_users_messages(request)


class TestTemplates:
    def test_a_template_of_ones_own_is_sent(self) -> None:
        templates = {"welcome.sms": {"Body": "Welcome {{name}}", "DefaultSubstitutions": '{"name": "friend"}'}}
        named = TemplateConfiguration(sms_template=Template(name="welcome"))
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone()]}, templates=templates) as pinpoint:
            pinpoint.send(DirectMessageConfiguration(), ["u-1"], template_configuration=named)
            assert [each.body for each in local.deliveries()] == ["Welcome friend"]

    def test_without_templates_of_ones_own_none_is_left_out_in_silence(self) -> None:
        named = TemplateConfiguration(sms_template=Template(name="welcome"))
        request = SendUsersMessageRequest(message_configuration=PUSH, template_configuration=named, users={"u-1": NAMED})
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone()]}) as pinpoint:
            with pytest.raises(ValidationError, match="templates="):
                pinpoint.send(PUSH, ["u-1"], template_configuration=named)
            with pytest.raises(ValidationError, match="templates="):
                pinpoint.send_users_messages(request)
            assert not local.deliveries()

    def test_one_that_isnt_there_is_refused(self) -> None:
        named = TemplateConfiguration(sms_template=Template(name="welcom"))
        with (
            LocalPinpoint() as local,
            local.client(directory={}, templates={"welcome.sms": {"Body": "x"}}) as pinpoint,
            pytest.raises(ValidationError, match="did you mean welcome"),
        ):
            pinpoint.send(DirectMessageConfiguration(), ["u-1"], template_configuration=named)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "Amazon Pinpoint reached end of support on October 30, 2026."),
        (410, "This API is no longer supported"),
        (403, "AWS ended support for Amazon Pinpoint endpoints"),
    ],
)
def test_the_end_of_support_is_told_with_what_to_do(status: int, message: str) -> None:
    error = answer_error("SendUsersMessages", status, code="ForbiddenException", message=message)
    assert isinstance(error, EndOfSupportError)
    assert "directory=" in str(error)
    assert type(answer_error("SendUsersMessages", 403, message="not allowed")) is AccessDeniedError
