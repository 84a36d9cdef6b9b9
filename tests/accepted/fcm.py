"""Push notifications through Firebase Cloud Messaging, whose channel is named GCM."""

from __future__ import annotations

import json
from typing import Any

from accepted.case import Case


def raw(payload: dict[str, Any], *, indent: int | None = None, **members: Any) -> dict[str, Any]:
    return {"GCMMessage": {"RawContent": json.dumps(payload, indent=indent), **members}}


WORDS = {"body_loc_key": "k", "body_loc_args": ["a"], "title_loc_key": "k", "title_loc_args": ["a"]}
LEGACY: dict[str, Any] = {
    "collapse_key": "c",
    "priority": "high",
    "time_to_live": 1234,
    "notification": {
        "title": "Morning",
        "body": "From us",
        "android_channel_id": "n",
        **WORDS,
        "click_action": "OPEN",
        "color": "#3366ff",
        "icon": "i",
        "sound": "s",
        "tag": "t",
    },
    "data": {"customKey": "customValue"},
}
DATA = {"dataKey1": "first", "data_key_2": "second", "dataKey3": "third"}
V1: dict[str, Any] = {
    "fcmV1Message": {
        "message": {
            "notification": {"title": "Morning", "body": "From us"},
            "android": {
                "priority": "high",
                "notification": {
                    "title": "Morning",
                    "body": "From us",
                    "icon": "i",
                    "color": "#3366ff",
                    "sound": "s",
                    "tag": "t",
                    "click_action": "OPEN",
                    **WORDS,
                    "channel_id": "n",
                    "ticker": "t",
                    "sticky": True,
                    "event_time": "2026-02-06T22:11:55Z",
                    "local_only": True,
                    "notification_priority": "PRIORITY_UNSPECIFIED",
                    "default_sound": False,
                    "default_vibrate_timings": True,
                    "default_light_settings": False,
                    "vibrate_timings": ["22s"],
                    "visibility": "VISIBILITY_UNSPECIFIED",
                    "notification_count": 5,
                    "light_settings": {
                        "color": {"red": 1, "green": 2, "blue": 3, "alpha": 6},
                        "light_on_duration": "112s",
                        "light_off_duration": "1123s",
                    },
                    "image": "https://example.com/a.png",
                },
                "data": DATA,
                "ttl": "10023.32s",
            },
            "apns": {
                "payload": {
                    "aps": {
                        "alert": {"title": "Morning", "body": "From us", "subtitle": "s", "loc-args": ["a"], "loc-key": "k"},
                        "thread-id": "t",
                        "category": "c",
                        "content-available": 1,
                        "mutable-content": 1,
                        "relevance-score": 25,
                        "content-state": {},
                        "attributes": {},
                        "badge": 5,
                    }
                }
            },
            "webpush": {
                "notification": {
                    "title": "Morning",
                    "body": "From us",
                    "maxActions": 2,
                    "actions": ["title"],
                    "renotify": False,
                    "requireInteraction": True,
                    "silent": False,
                    "timestamp": 1790000000000,
                    "vibrate": [100, 200, 300],
                },
                "data": DATA,
            },
            "data": DATA,
        }
    }
}
WAKE: dict[str, Any] = {
    "fcmV1Message": {
        "message": {
            "data": {"v": "1", "category": "to-sign", "ref": "x-7"},
            "android": {"priority": "high", "ttl": "3600s"},
            "apns": {
                "headers": {"apns-push-type": "background", "apns-priority": "5"},
                "payload": {"aps": {"content-available": 1}},
            },
        }
    }
}

CASES = [
    # Push guide, CLI, the first sample: silent, though it has texts and an address.
    Case(
        name="push-guide-cli",
        channel="GCM",
        message={
            "GCMMessage": {
                "Action": "URL",
                "Body": "A trial.",
                "Priority": "normal",
                "SilentPush": True,
                "Title": "Trial",
                "TimeToLive": 30,
                "Url": "https://www.example.com",
            }
        },
        title="Trial",
        body="A trial.",
        shown={"SilentPush": True, "TimeToLive": 30},
    ),
    # Push guide, JavaScript and Python: the same, shown.
    Case(
        name="push-guide-javascript",
        channel="GCM",
        message={
            "GCMMessage": {
                "Action": "URL",
                "Body": "A trial.",
                "Priority": "normal",
                "SilentPush": False,
                "Title": "Trial",
                "TimeToLive": 30,
                "Url": "https://www.example.com",
            }
        },
        title="Trial",
        body="A trial.",
        shown={"Priority": "normal", "Url": "https://www.example.com"},
    ),
    # AWS's tutorials in shell: data of the app's own.
    Case(
        name="tutorial-data",
        channel="GCM",
        message={
            "GCMMessage": {
                "Action": "OPEN_APP",
                "Body": "A first one.",
                "Priority": "normal",
                "SilentPush": False,
                "Title": "First",
                "TimeToLive": 30,
                "Data": {"key1": "value1", "key2": "value2"},
            }
        },
        title="First",
        body="A first one.",
        shown={"Data": {"key1": "value1", "key2": "value2"}},
    ),
    # Push guide, CLI, "all legacy keys": beside a time to live of more than three days.
    Case(
        name="raw-legacy-with-time-to-live",
        channel="GCM",
        message=raw({"notification": LEGACY["notification"], "data": {"message": "in data"}}, TimeToLive=309744),
        shown={"RawContent": {"notification": LEGACY["notification"], "data": {"message": "in data"}}, "TimeToLive": 309744},
    ),
    # API reference, "RawContent object": numbers and lists in the payload, line breaks between.
    Case(name="raw-api-reference", channel="GCM", message=raw(LEGACY, indent=0), shown={"RawContent": LEGACY}),
    # Push guide, CLI, "FCMv1 message payload": every branch that the new form has, with line breaks.
    Case(
        name="raw-v1-of-everything",
        channel="GCM",
        message=raw(V1, indent=1, TimeToLive=309744),
        shown={"RawContent": V1, "TimeToLive": 309744},
    ),
    # The same as editors lay it out: too long as written, short enough as it travels.
    Case(name="raw-v1-laid-out", channel="GCM", message=raw(V1, indent=8), shown={"RawContent": V1}),
    # SNS guide "FCM v1 payloads", which the API reference names for Pinpoint: a notification and data.
    Case(
        name="raw-v1-short",
        channel="GCM",
        message=raw({"fcmV1Message": {"message": {"notification": {"title": "T", "body": "B"}, "data": {"k": "v"}}}}),
        shown={"RawContent": {"fcmV1Message": {"message": {"notification": {"title": "T", "body": "B"}, "data": {"k": "v"}}}}},
    ),
    # Rust and others: data only, to wake an app; branches for Android and Apple, none to show.
    Case(name="raw-v1-wake", channel="GCM", message=raw(WAKE), shown={"RawContent": WAKE}),
    # Question-and-answer pages: variables in the strings of a payload, with a quote in the value.
    Case(
        name="raw-with-variables",
        channel="GCM",
        message=raw({"data": {"title": "Hi {{name}}", "order": "{{order}}"}}),
        user={"Substitutions": {"name": ['Noor "N" K.'], "order": ["o-7"]}},
        shown={"RawContent": {"data": {"title": 'Hi Noor "N" K.', "order": "o-7"}}},
    ),
    # Java and Kotlin, a house's devices: silent, with an empty map of data and nothing else.
    Case(
        name="java-silent-empty-data",
        channel="GCM",
        message={"GCMMessage": {"Data": {}, "SilentPush": True}},
        shown={"Data": {}, "SilentPush": True},
    ),
    # Java, SendUsersMessages itself: title and body for one user without a configuration.
    Case(
        name="java-users",
        channel="GCM",
        message={"GCMMessage": {"Body": "B", "Title": "T"}},
        title="T",
        body="B",
    ),
    # Java, "too many requests" in a guide: a body alone.
    Case(name="java-body-alone", channel="GCM", message={"GCMMessage": {"Body": "B"}}, body="B"),
    # JavaScript, a React app's back end: overrides for each user, three messages at once.
    Case(
        name="javascript-overrides",
        channel="GCM",
        message={
            "DefaultMessage": {"Body": "For all"},
            "DefaultPushNotificationMessage": {"Action": "OPEN_APP", "Body": "For push", "SilentPush": False, "Title": "P"},
            "GCMMessage": {"Action": "OPEN_APP", "Body": "For Android", "SilentPush": False, "Title": " A"},
        },
        user={"BodyOverride": "For you", "TitleOverride": " Y"},
        title=" Y",
        body="For you",
    ),
    # TypeScript, deep links: the app's own scheme.
    Case(
        name="typescript-deep-link",
        channel="GCM",
        message={"GCMMessage": {"Action": "DEEP_LINK", "Title": "T", "Body": "B", "Url": "shop://cart?id=7"}},
        title="T",
        body="B",
        shown={"Action": "DEEP_LINK", "Url": "shop://cart?id=7"},
    ),
    # Python, reminders of carts: an address beside OPEN_APP, which then isn't opened.
    Case(
        name="python-open-app-with-url",
        channel="GCM",
        message={"GCMMessage": {"Title": "T", "Body": "B", "Action": "OPEN_APP", "Url": "shop://cart", "Data": {"step": "6h"}}},
        title="T",
        body="B",
        shown={"Url": "shop://cart", "Data": {"step": "6h"}},
    ),
    # API reference, GCMMessage: pictures, a package, a key to collapse by.
    Case(
        name="pictures-and-collapse-key",
        channel="GCM",
        message={
            "GCMMessage": {
                "Title": "T",
                "Body": "B",
                "ImageUrl": "https://example.com/a.png",
                "ImageIconUrl": "https://example.com/i.png",
                "SmallImageIconUrl": "https://example.com/s.png",
                "IconReference": "ic_shop",
                "CollapseKey": "orders",
                "RestrictedPackageName": "com.example.shop",
                "PreferredAuthenticationMethod": "TOKEN",
                "TimeToLive": 0,
                "Sound": "default",
            }
        },
        title="T",
        body="B",
        shown={"CollapseKey": "orders", "TimeToLive": 0, "PreferredAuthenticationMethod": "TOKEN"},
    ),
    # FCM's HTTP v1 API has its priorities in upper case.
    Case(
        name="words-in-another-case",
        channel="GCM",
        message={
            "GCMMessage": {"Body": "Hello", "Priority": "HIGH", "PreferredAuthenticationMethod": "token", "Action": "open_app"}
        },
        written={
            "GCMMessage": {"Body": "Hello", "Priority": "high", "PreferredAuthenticationMethod": "TOKEN", "Action": "OPEN_APP"}
        },
        body="Hello",
        shown={"Priority": "high", "PreferredAuthenticationMethod": "TOKEN", "Action": "OPEN_APP"},
    ),
    # A variable that is a number in raw content.
    Case(
        name="raw-content-with-a-number",
        channel="GCM",
        message={"GCMMessage": {"RawContent": '{"data": {"n": {{n}}}}'}},
        user={"Substitutions": {"n": ["7"]}},
        shown={"RawContent": {"data": {"n": 7}}},
    ),
    # The same, of the user's own.
    Case(
        name="raw-content-of-the-user-with-a-number",
        channel="GCM",
        message={"GCMMessage": {"Body": "-"}},
        user={"RawContent": '{"data": {"n": {{n}}}}', "Substitutions": {"n": ["7"]}},
        shown={"RawContent": {"data": {"n": 7}}},
    ),
    # A text of several lines, written into JSON as it is.
    Case(
        name="raw-content-with-a-line-break",
        channel="GCM",
        message={"GCMMessage": {"RawContent": '{"data": {"t": "{{name}}\nHello"}}'}},
        user={"Substitutions": {"name": ["Noor"]}},
        shown={"RawContent": {"data": {"t": "Noor\nHello"}}},
    ),
]
