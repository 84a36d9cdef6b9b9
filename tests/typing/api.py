"""What must pass under mypy --strict and pyright: the ways in which the package is meant to be used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from email.message import EmailMessage as StandardEmailMessage
from email.mime.multipart import MIMEMultipart
from pathlib import Path

import attrs
from typing_extensions import assert_type

from pinpoint_users import (
    Action,
    ADMMessage,
    APNSMessage,
    AsyncPinpointUsers,
    AsyncResultStream,
    Channels,
    ConfigurationError,
    DeliveryStatus,
    DirectMessageConfiguration,
    DirectMessageConfigurationBuilder,
    EmailMessage,
    EndpointMessageResult,
    EndpointSendConfiguration,
    GCMMessage,
    Journal,
    MessageHeader,
    MessageType,
    Outcome,
    PinpointUsers,
    PinpointUsersError,
    RateLimit,
    RawEmail,
    ResultStream,
    RetryPolicy,
    RunInterrupted,
    RunStoppedError,
    SendReport,
    SendUsersMessageRequest,
    SendUsersMessageResponse,
    Sent,
    SimpleEmail,
    SimpleEmailPart,
    SMSMessage,
    SMSMessageBuilder,
    Template,
    TemplateConfiguration,
    UserResult,
    read_counts,
    read_report,
)
from pinpoint_users.aws_lambda import SQSBatchResponse, SQSHandler
from pinpoint_users.local import Delivery, LocalPinpoint
from pinpoint_users.routes import Routes, TextMessaging

# Constructors take keywords; an enum is its member or its word.
sms = SMSMessage(body="Hi {{name}}", message_type="TRANSACTIONAL", substitutions={"name": ["Ann"]})
SMSMessage(message_type=MessageType.PROMOTIONAL, substitutions={"name": ("Ann", "Bea")})
APNSMessage(action=Action.URL, priority="10", apns_push_type="alert", raw_content={"aps": {"content-available": 0}})
ADMMessage(raw_content='{"data": {}}', expires_after="60")
GCMMessage(action="DEEP_LINK", priority="normal", preferred_authentication_method="TOKEN", data={"k": "v"})
SimpleEmail(
    subject="Hi", html_part=SimpleEmailPart(data="<p>", charset="UTF-8"), headers=[MessageHeader(name="X-A", value="b")]
)
RawEmail(data=b"Subject: hi\r\n\r\nhello")
RawEmail(data=StandardEmailMessage())
RawEmail.builder().data(MIMEMultipart())
EmailMessage(reply_to_addresses=("a@example.com",))

# None for an optional member is the same as leaving it out.
sender: str | None = None
SMSMessage(body="Hi", sender_id=sender, substitutions=None, message_type=None)
SMSMessage.builder().body("Hi").sender_id(sender).message_type(None)
DirectMessageConfiguration(sms_message=None)
DirectMessageConfiguration.builder().sms_message(None)
assert_type(attrs.evolve(sms, body="b"), SMSMessage)

# What a field holds.
assert_type(sms.body, str | None)
assert_type(sms.message_type, MessageType | None)
assert_type(sms.substitutions, Mapping[str, tuple[str, ...]] | None)
assert_type(sms.to_builder(), SMSMessageBuilder)
assert_type(SMSMessage.from_dict({}), SMSMessage)

# Builders end in their class and take nested messages finished or not.
builder = (
    DirectMessageConfiguration.builder()
    .sms_message(sms)
    .sms_message(SMSMessage.builder().body("x").substitution("a", "b", "c"))
)
assert_type(builder, DirectMessageConfigurationBuilder)
message = builder.build()
assert_type(message, DirectMessageConfiguration)
assert_type(SMSMessage.builder().body("x").build(), SMSMessage)
email = (
    EmailMessage.builder()
    .reply_to_address("a@example.com")
    .simple_email(SimpleEmail.builder().header("X-A", "b").subject("Hi"))
)
request = (
    SendUsersMessageRequest.builder(message_configuration=builder, users={"u-1": EndpointSendConfiguration()})
    .user("u-2", EndpointSendConfiguration.builder().body_override("for you").context_entry("k", "v"))
    .user("u-3")
    .build()
)
assert_type(request.users, Mapping[str, EndpointSendConfiguration])
endpoint = EndpointMessageResult.builder(delivery_status="SUCCESSFUL", status_code=200)
SendUsersMessageResponse.builder(application_id="a").user_result("u-1", {"e-1": endpoint, "e-2": endpoint.build()}).build()
templates = TemplateConfiguration.builder().sms_template(Template.builder().name("t"))


def send(pinpoint: PinpointUsers, ids: list[str]) -> None:
    """The three doors, and the forms in which users come."""
    own = EndpointSendConfiguration(substitutions={"name": ["Ann"]})
    assert_type(pinpoint.send(message, ids), SendReport)
    pinpoint.send(builder, {"u-1": own}, template_configuration=templates, context={"k": "v"}, trace_id="t")
    pinpoint.send(message, ((user_id, own) for user_id in ids))
    pinpoint.send(message, [(user_id, own.to_builder()) for user_id in ids])
    pinpoint.send(message, ids, journal=Journal("run.db"), deadline=60)
    with pinpoint.stream(message, ids, journal=Journal(Path("run.db"), force=True), deadline=0.5, unique=True) as stream:
        assert_type(stream, ResultStream)
        assert_type(stream.duplicates, tuple[str, ...])
        for result in stream:
            assert_type(result, UserResult)
    shared = Journal("postgresql://app@db/sending", run="parcels")
    assert_type(read_report(shared), SendReport)
    assert_type(read_counts(shared), Mapping[Outcome, int])
    assert_type(pinpoint.send_users_messages(request), SendUsersMessageResponse)


def send_until_stopped(pinpoint: PinpointUsers, ids: list[str]) -> SendReport:
    """A run that may stop early."""
    try:
        report = pinpoint.send(message, ids, deadline=60, max_wait=0.1)
    except RunStoppedError as error:
        assert_type(error.report, SendReport)
        assert_type(error.reason, PinpointUsersError)
        assert_type(error.sent, Sent)
        if isinstance(error.reason, ConfigurationError):
            assert_type(error.reason.status_code, int | None)
        report = error.report
    except RunInterrupted as interrupt:
        report = interrupt.report
    return report


def read(report: SendReport, response: SendUsersMessageResponse) -> None:
    """What comes back."""
    user = report.users["u-1"]
    assert_type(user.outcome, Outcome)
    assert_type(user.sent, Sent)
    assert_type(user.error, PinpointUsersError | None)
    assert_type(user.endpoints, Mapping[str, EndpointMessageResult])
    assert_type(user.endpoints["e-1"].delivery_status, DeliveryStatus)
    assert_type(user.endpoints["e-1"].status_code, int)
    assert_type(report.failed, tuple[UserResult, ...])
    assert_type(report.maybe_duplicated, tuple[UserResult, ...])
    assert_type(user.maybe_duplicated, bool)
    assert_type(report.counts, Mapping[Outcome, int])
    assert_type(response.result, Mapping[str, Mapping[str, EndpointMessageResult]] | None)


def embed() -> None:
    """The embedded Pinpoint."""
    with (
        LocalPinpoint() as local,
        local.client(retry=RetryPolicy(max_attempts=2, scope="user", on_unknown="resend", give_up_after=60)) as pinpoint,
    ):
        assert_type(pinpoint, PinpointUsers)
        assert_type(local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100"), str)
        assert_type(local.deliveries(), tuple[Delivery, ...])


# Constants of a program have types to be declared by.
CHANNELS: Channels = ["PUSH", "SMS"]
ROUTES: Routes = {"SMS": TextMessaging()}
PinpointUsers("app", region_name="us-east-1", routes=ROUTES).send(
    DirectMessageConfiguration(sms_message=sms), ["u-1"], channels=CHANNELS
)


async def _some() -> AsyncIterator[str | tuple[str, EndpointSendConfiguration]]:
    yield "u-1"


async def from_asyncio(pinpoint: AsyncPinpointUsers, message: DirectMessageConfiguration) -> None:
    """The three doors, awaited."""
    assert_type(await pinpoint.send(message, ["u-1"]), SendReport)
    assert_type(await pinpoint.send(message, _some()), SendReport)
    async with pinpoint.stream(message, _some(), unique=True) as stream:
        assert_type(stream, AsyncResultStream)
        async for result in stream:
            assert_type(result, UserResult)
    request = SendUsersMessageRequest(message_configuration=message, users={"u-1": EndpointSendConfiguration()})
    assert_type(await pinpoint.send_users_messages(request), SendUsersMessageResponse)
    assert_type(RunStoppedError.behind(ValueError()), RunStoppedError | None)
    async with LocalPinpoint().async_client() as local:
        assert_type(local, AsyncPinpointUsers)


class Context:
    """What Lambda hands in."""

    def get_remaining_time_in_millis(self) -> int:
        """The time that is left."""
        return 30_000


def journal_of(request: SendUsersMessageRequest) -> Journal:
    """A journal for each campaign."""
    return Journal(f"{request.trace_id}.db")


def from_many_machines() -> None:
    """A rate that processes share, and a function of AWS Lambda."""
    rate = assert_type(RateLimit.shared("redis://127.0.0.1", name="mine"), RateLimit)
    with PinpointUsers("app", rate=rate, requests_per_second=10) as pinpoint:
        handler = SQSHandler(pinpoint, journal=journal_of)
        answer = assert_type(handler({"Records": []}, Context()), SQSBatchResponse)
        assert_type(answer["batchItemFailures"][0]["itemIdentifier"], str)
        SQSHandler(pinpoint, journal=Journal("run.db"))
