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
from addresses_at_hand import NAMED, PHONE, PUSH, SMS, phone, token

from pinpoint_users import (
    DeadlineExceededError,
    DirectoryError,
    FailureReason,
    Journal,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunStoppedError,
    Transport,
    UndeliveredError,
    ValidationError,
)
from pinpoint_users.directory import MemoryDirectory
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import LocalPinpoint


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
            report = pinpoint.send(PUSH, ["u-1", "u-2"], deadline=1 if how == "the deadline passes" else None)
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
