"""A client with a directory: by which channel and way a message goes, and with which template."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, ClassVar

import pytest
from addresses_at_hand import NAMED, PHONE, PUSH, SMS, phone, token

from pinpoint_users import (
    AccessDeniedError,
    APNSMessage,
    DefaultMessage,
    DeliveryStatus,
    DirectMessageConfiguration,
    EmailMessage,
    EndOfSupportError,
    FailureReason,
    Journal,
    JournalError,
    Outcome,
    PinpointUsers,
    RunStoppedError,
    SendUsersMessageRequest,
    Sent,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    Template,
    TemplateConfiguration,
    ValidationError,
    read_report,
)
from pinpoint_users._transport.base import answer_error
from pinpoint_users.endpoints import Endpoint, EndpointUser
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, PinpointAddresses, TextMessaging

EMAIL = DirectMessageConfiguration(
    sms_message=SMSMessage(body="Hello"),
    email_message=EmailMessage(
        simple_email=SimpleEmail(subject=SimpleEmailPart(data="Hi"), html_part=SimpleEmailPart(data="<p>{{User.UserId}}</p>"))
    ),
)


def mail(user_id: str = "u-1", address: str = "ann@example.com", **members: Any) -> Endpoint:
    return Endpoint(channel_type="EMAIL", address=address, id=f"{user_id}-mail", user=EndpointUser(user_id=user_id), **members)


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

    @pytest.mark.parametrize("status", ["TEMPORARY_FAILURE", "PERMANENT_FAILURE"])
    def test_who_may_have_got_it_by_one_way_is_not_told_as_not_sent(self, tmp_path: Path, status: str) -> None:
        def fails(answer: dict[str, Any]) -> dict[str, Any]:
            answer["Result"][PHONE] |= {"DeliveryStatus": status, "StatusCode": 500}
            return answer

        routes, journal = {"EMAIL": SES(from_email_address="a@example.com")}, Journal(tmp_path / "run.db")
        with LocalPinpoint() as local, local.client(directory={"u-1": [phone(), mail()]}, routes=routes) as pinpoint:
            local.fail_next(403, operation="SendBulkEmail")
            local.alter_next(fails, operation="SendMessages")
            with pytest.raises(RunStoppedError) as caught:
                pinpoint.send(EMAIL, ["u-1"], journal=journal)
            known = read_report(journal).users["u-1"]
            report = pinpoint.send(EMAIL, ["u-1"], journal=journal)
            assert Counter(each.address for each in local.deliveries()) == {PHONE: 1, "ann@example.com": 1}
        told = caught.value.report.users["u-1"]
        said = (Outcome.FAILED, Sent.PERHAPS_SENT) if status == "TEMPORARY_FAILURE" else (Outcome.NOT_SENT, Sent.NOT_SENT)
        assert (told.outcome, told.sent) == (known.outcome, known.sent) == said
        assert isinstance(told.error, AccessDeniedError)
        assert known.error is not None
        assert report.users["u-1"].outcome is Outcome.PARTIAL

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
