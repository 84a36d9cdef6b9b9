"""Mistakes with a client, a request, a report and the embedded Pinpoint."""

from __future__ import annotations

import asyncio
import datetime as dt

import boto3
from mistakes.common import MESSAGE, send

from pinpoint_users import (
    DirectMessageConfiguration,
    PinpointUsers,
    SendUsersMessageRequest,
    SendUsersMessagesRequest,
    SMSMessage,
)
from pinpoint_users.local import LocalPinpoint

KEYWORDS = {
    "ApplicationId": "app",
    "SendUsersMessageRequest": {"MessageConfiguration": {"SMSMessage": {"Body": "Hi"}}, "Users": {"u-1": {}}},
}
THREAD = "PinpointUsers isn't async; within asyncio, take AsyncPinpointUsers: `await pinpoint.send(message, users)`"
ALLOWED_MEMBERS = "Context, MessageConfiguration, TemplateConfiguration, TraceId, Users"
CLOSED = (
    "this LocalPinpoint is closed, and what it kept in memory is gone: use it, deliveries() too, inside its `with` block, "
    "before close()"
)


def sent(use):
    return lambda pinpoint: use(pinpoint.send(MESSAGE, ["u-1"]))


def in_asyncio(coroutine):
    return lambda pinpoint: asyncio.run(coroutine(pinpoint))


async def awaited(pinpoint):
    await pinpoint.send(MESSAGE, ["u-1"])


async def as_async_context(pinpoint):
    async with pinpoint:
        pass


def after_the_block(use):
    def after(_):
        with LocalPinpoint() as local:
            pass
        use(local)

    return after


MISTAKES = {
    # --- dicts of boto3's
    "boto3's whole keywords": (
        lambda _: SendUsersMessageRequest.from_dict(KEYWORDS),
        (
            "SendUsersMessageRequest has 4 faults:\n"
            f"  ApplicationId: no member of SendUsersMessageRequest; allowed: {ALLOWED_MEMBERS}; "
            "SendUsersMessagesRequest.from_dict(…) reads boto3's whole keywords\n"
            f"  SendUsersMessageRequest: no member of SendUsersMessageRequest; allowed: {ALLOWED_MEMBERS}; "
            "SendUsersMessagesRequest.from_dict(…) reads boto3's whole keywords\n"
            "  MessageConfiguration: is required\n"
            "  Users: is required"
        ),
    ),
    "a request for the whole keywords": (
        lambda _: SendUsersMessagesRequest.from_dict({"ApplicationId": "app", "SendUsersMessageRequest": {}, "Users": {}}),
        (
            "SendUsersMessagesRequest has 3 faults:\n"
            "  SendUsersMessageRequest.MessageConfiguration: is required\n"
            "  SendUsersMessageRequest.Users: is required\n"
            "  Users: no member of SendUsersMessagesRequest; allowed: ApplicationId, SendUsersMessageRequest; "
            "SendUsersMessageRequest.from_dict(…) reads what is below that"
        ),
    ),
    "a request for a message": (
        lambda _: DirectMessageConfiguration.from_dict({"Users": {}}),
        (
            "DirectMessageConfiguration: Users: no member of DirectMessageConfiguration; allowed: ADMMessage, APNSMessage, "
            "BaiduMessage, DefaultMessage, DefaultPushNotificationMessage, EmailMessage, GCMMessage, SMSMessage, VoiceMessage; "
            "SendUsersMessageRequest.from_dict(…) reads the whole request"
        ),
    ),
    "JSON as a string": (
        lambda _: SMSMessage.from_dict('{"Body": "Hi"}'),
        "SMSMessage: must be a mapping in AWS's shape of SMSMessage, not str: json.loads(…) makes one of JSON",
    ),
    "keywords for a request": (
        lambda pinpoint: pinpoint.send_users_messages(KEYWORDS),
        (
            "send_users_messages: request: must be a SendUsersMessageRequest, not dict: "
            "SendUsersMessagesRequest.from_dict(…).send_users_message_request is the one of boto3's whole keywords"
        ),
    ),
    "a dict for a request": (
        lambda pinpoint: pinpoint.send_users_messages({"Users": {}}),
        (
            "send_users_messages: request: must be a SendUsersMessageRequest, not dict: "
            "SendUsersMessageRequest.from_dict(…) reads AWS's shape"
        ),
    ),
    "the operation's input for a request": (
        lambda pinpoint: pinpoint.send_users_messages(SendUsersMessagesRequest.from_dict(KEYWORDS)),
        (
            "send_users_messages: request: must be a SendUsersMessageRequest, not SendUsersMessagesRequest: "
            "hand in its send_users_message_request"
        ),
    ),
    "a message for a request": (
        lambda pinpoint: pinpoint.send_users_messages(MESSAGE),
        (
            "send_users_messages: request: must be a SendUsersMessageRequest, not DirectMessageConfiguration: "
            "write SendUsersMessageRequest(message_configuration=…, users={…}), or call send(message, users)"
        ),
    ),
    # --- the client
    "an ARN": (
        lambda _: PinpointUsers("arn:aws:mobiletargeting:eu-west-1:111122223333:apps/abc"),
        "PinpointUsers: application_id: must be the ID alone, without the rest of its ARN: 'abc'",
    ),
    "a profile as the session": (
        lambda _: PinpointUsers("app", session="prod"),
        "PinpointUsers: session: must be a boto3 session, not str: for a profile, write profile_name=",
    ),
    "a class as the session": (
        lambda _: PinpointUsers("app", session=boto3.Session),
        "PinpointUsers: session: must be a boto3 session, not type: write boto3.Session()",
    ),
    "a name as the client": (
        lambda _: PinpointUsers("app", client="pinpoint"),
        'PinpointUsers: client: must be a boto3 client for pinpoint, not str: write boto3.client("pinpoint")',
    ),
    "the embedded Pinpoint as the client": (
        lambda _: PinpointUsers("app", client=LocalPinpoint()),
        "PinpointUsers: client: must be a boto3 client for pinpoint, not LocalPinpoint: write local.client()",
    ),
    "a number of retries": (
        lambda _: PinpointUsers("app", retry=3),
        "PinpointUsers: retry: must be a RetryPolicy, not int: write RetryPolicy(max_attempts=3)",
    ),
    "a path as the journal": (
        send(MESSAGE, ["u-1"], journal="run.db"),
        'the run: journal: must be a Journal, not str: write Journal("run.db")',
    ),
    "a timedelta as the deadline": (
        send(MESSAGE, ["u-1"], deadline=dt.timedelta(seconds=10)),
        "the run: deadline: must be a number of seconds above 0: write deadline.total_seconds()",
    ),
    "a string as the deadline": (
        send(MESSAGE, ["u-1"], deadline="10"),
        "the run: deadline: must be a number of seconds above 0",
    ),
    "async with": (in_asyncio(as_async_context), f"write `with`, not `async with`: {THREAD}"),
    # --- the report
    'report["u-1"]': (
        sent(lambda report: report["u-1"]),
        'a SendReport has no keys itself: write report.users["user-id"]',
    ),
    "iterating a report": (
        sent(list),
        "a SendReport isn't iterable itself: write `for user in report.users.values()`",
    ),
    "len(report)": (sent(len), "a SendReport has no length itself: write len(report.users)"),
    '"u-1" in report': (
        sent(lambda report: "u-1" in report),
        'a SendReport contains nothing itself: write "user-id" in report.users',
    ),
    "await send()": (
        in_asyncio(awaited),
        f"the message has been sent, and a report isn't awaited: {THREAD}",
    ),
    "one reason to ignore": (
        sent(lambda report: report.raise_for_failures(ignore="OPTED_OUT")),
        "raise_for_failures: ignore: must be a collection: write ['OPTED_OUT']",
    ),
    # --- the embedded Pinpoint
    "deliveries() after the block": (after_the_block(lambda local: local.deliveries()), CLOSED),
    "add_endpoint() after the block": (
        after_the_block(lambda local: local.add_endpoint(user_id="u-1", channel_type="SMS", address="+12065550100")),
        CLOSED,
    ),
    "send() after the block": (
        after_the_block(lambda local: local.client().send(MESSAGE, ["u-1"])),
        f"the run stopped: SendUsersMessages: {CLOSED}; nothing was sent\nthe report has 1 user: 1 NOT_SENT",
    ),
    "a number as an endpoint's user": (
        lambda _: LocalPinpoint().add_endpoint(user_id=17, channel_type="SMS", address="+12065550100"),
        "EndpointBatchItem: User.UserId: must be a string, not int: write str(…)",
    ),
}
