"""One message for several channels, and defaults beside them."""

from __future__ import annotations

from typing import Any

from accepted.case import Case

TEXTS = {"Action": "OPEN_APP", "Title": "New message", "Body": "From Noor", "SilentPush": False}
CHAT: dict[str, Any] = {
    "APNSMessage": {**TEXTS, "Data": {"screen": "chat"}, "Sound": "default", "Badge": 1},
    "GCMMessage": {**TEXTS, "Data": {"screen": "chat"}, "Sound": "default", "Priority": "high"},
}
BADGE: dict[str, Any] = {
    "DefaultPushNotificationMessage": {"Title": "Time to learn", "Body": "der Apfel"},
    "APNSMessage": {"Badge": 1},
}
TASK = {"Title": "Water the plants", "Body": "Fern ✔️\nIvy", "Data": {"objType": "task", "objId": "t-7"}}

CASES = [
    # Python, a guide to push with SendUsersMessages: the same texts for both, a member of each service's own.
    Case(
        name="python-chat-apple",
        channel="APNS",
        message=CHAT,
        title="New message",
        body="From Noor",
        shown={"Badge": 1, "Data": {"screen": "chat"}},
    ),
    Case(
        name="python-chat-android",
        channel="GCM",
        message=CHAT,
        title="New message",
        body="From Noor",
        shown={"Priority": "high"},
    ),
    # TypeScript, an app for learning words, SendUsersMessages: the text in push's default, a badge for Apple.
    Case(
        name="typescript-badge-beside-default",
        channel="APNS",
        message=BADGE,
        title="Time to learn",
        body="der Apfel",
        shown={"Badge": 1},
    ),
    Case(name="typescript-default-for-android", channel="GCM", message=BADGE, title="Time to learn", body="der Apfel"),
    # TypeScript, a starter of React: push's default alone, user IDs of Cognito's identity pools.
    Case(
        name="typescript-default-alone",
        channel="APNS_SANDBOX",
        message={"DefaultPushNotificationMessage": {"Title": "Trial", "Body": "A trial."}},
        title="Trial",
        body="A trial.",
    ),
    # JavaScript, reminders of tasks: one object for both services, with a map of data.
    Case(
        name="javascript-task",
        channel="APNS",
        message={"APNSMessage": TASK, "GCMMessage": TASK},
        title="Water the plants",
        body="Fern ✔️\nIvy",
        shown={"Data": {"objType": "task", "objId": "t-7"}},
    ),
    # JavaScript: the same where a task has no parts: an empty body.
    Case(
        name="javascript-task-empty-body",
        channel="GCM",
        message={"GCMMessage": {"Title": "Water the plants", "Body": ""}},
        title="Water the plants",
        body="",
    ),
    # TypeScript, badges only where there is a count: null otherwise, beside empty data.
    Case(
        name="typescript-null-badge",
        channel="APNS",
        message={"APNSMessage": {**TEXTS, "Sound": "default", "Data": {}, "Badge": None}},
        title="New message",
        body="From Noor",
    ),
    # Go: SMS and e-mail in one request; this is the SMS.
    Case(
        name="go-sms-beside-email",
        channel="SMS",
        message={
            "SMSMessage": {"Body": "本日休業です。", "SenderId": "shop", "MessageType": "PROMOTIONAL"},
            "EmailMessage": {
                "FromAddress": "news@example.com",
                "SimpleEmail": {"Subject": {"Charset": "utf-8", "Data": "休業"}},
            },
        },
        body="本日休業です。",
    ),
    # API reference, DefaultPushNotificationMessage: all members.
    Case(
        name="push-default-of-everything",
        channel="ADM",
        message={
            "DefaultPushNotificationMessage": {
                "Action": "URL",
                "Body": "{{thing}}!",
                "Data": {"k": "v"},
                "SilentPush": False,
                "Substitutions": {"thing": ["Rain"]},
                "Title": "Weather",
                "Url": "https://example.com/w",
            }
        },
        title="Weather",
        body="Rain!",
        shown={"Url": "https://example.com/w"},
    ),
    # API reference: "PUSH" is a channel too, for any service.
    Case(
        name="channel-push",
        channel="PUSH",
        message={"DefaultPushNotificationMessage": {"Title": "T", "Body": "B"}},
        title="T",
        body="B",
    ),
]
