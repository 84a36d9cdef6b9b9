"""Push notifications for Apple's devices."""

from __future__ import annotations

import json
from typing import Any

from accepted.case import Case


def raw(payload: dict[str, Any], *, indent: int | None = None) -> dict[str, Any]:
    return {"APNSMessage": {"RawContent": json.dumps(payload, indent=indent)}}


REFERENCE: dict[str, Any] = {
    "aps": {"alert": {"title": "Morning", "subtitle": "From us", "body": "A fine day to you."}, "category": "Notice"},
    "customKey": "87654321",
}
GAME: dict[str, Any] = {
    "aps": {"alert": {"title": "A game?", "subtitle": "Whist", "body": "Noor asks for a game"}, "category": "INVITATION"},
    "gameID": "87654321",
}
SAFARI: dict[str, Any] = {
    "aps": {"alert": {"title": "Shop", "body": "For the browser."}, "content-available": 1, "url-args": [""]}
}
CRITICAL: dict[str, Any] = {
    "aps": {"alert": {"title": "Flood", "body": "Go uphill."}, "sound": {"name": "a.mp3", "critical": 1, "volume": 1}},
    "extra": {"level": 4},
}
ACTIVITY: dict[str, Any] = {
    "aps": {"timestamp": 1790000000, "event": "update", "content-state": {"stops": 3}, "relevance-score": 25}
}
VOIP: dict[str, Any] = {"aps": {}, "caller": "Noor", "uuid": "6f1c1a0e-0000-4000-8000-000000000001"}
CAMPAIGN: dict[str, Any] = {
    "aps": {"alert": {"title": "T", "body": "B"}, "content-available": 1, "mutable-content": 1},
    "data": {"pinpoint": {"deeplink": "shop://cart", "campaign": {"campaign_id": "c"}}},
}

CASES = [
    # Push guide, "Sending a message", the samples in JavaScript and Python: seven members.
    Case(
        name="push-guide",
        channel="APNS",
        message={
            "APNSMessage": {
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
        shown={"Action": "URL", "SilentPush": False, "TimeToLive": 30},
    ),
    # AWS's tutorials in shell: a badge and a sound.
    Case(
        name="tutorial-badge-and-sound",
        channel="APNS",
        message={
            "APNSMessage": {
                "Action": "OPEN_APP",
                "Body": "A first one.",
                "Priority": "normal",
                "SilentPush": False,
                "Title": "First",
                "TimeToLive": 30,
                "Badge": 1,
                "Sound": "default",
            }
        },
        title="First",
        body="A first one.",
        shown={"Badge": 1, "Sound": "default"},
    ),
    # API reference, "RawContent object": line breaks and no content-available.
    Case(
        name="raw-api-reference",
        channel="APNS",
        message=raw(REFERENCE, indent=1),
        shown={"RawContent": REFERENCE},
    ),
    # Push guide, CLI: a category beside the alert, and no content-available.
    Case(name="raw-push-guide", channel="APNS", message=raw(GAME), shown={"RawContent": GAME}),
    # Push guide, Safari: content-available with an alert, and url-args.
    Case(name="raw-safari", channel="APNS", message=raw(SAFARI), shown={"RawContent": SAFARI}),
    # AWS's SDK for iOS, a report with the payload that a campaign of Pinpoint itself sent.
    Case(name="raw-as-pinpoint-sends", channel="APNS", message=raw(CAMPAIGN), shown={"RawContent": CAMPAIGN}),
    # Java, warnings of earthquakes: a critical sound, and members of the app's own.
    Case(name="raw-java-critical-sound", channel="APNS", message=raw(CRITICAL), shown={"RawContent": CRITICAL}),
    # A game's server (C#, C++ and others beside it): a badge of nought, an alert, a sound.
    Case(
        name="raw-csharp-badge-of-nought",
        channel="APNS_SANDBOX",
        message=raw({"aps": {"alert": {"body": "Your turn", "title": "Chess"}, "badge": 0, "sound": "move"}}),
        shown={"RawContent": {"aps": {"alert": {"body": "Your turn", "title": "Chess"}, "badge": 0, "sound": "move"}}},
    ),
    # API reference, APNSMessage: content-available of 0 for one that is shown.
    Case(
        name="raw-content-available-0",
        channel="APNS",
        message=raw({"aps": {"alert": "Lunch", "content-available": 0}}),
        shown={"RawContent": {"aps": {"alert": "Lunch", "content-available": 0}}},
    ),
    # API reference, APNSMessage: a silent one with nothing to show.
    Case(
        name="raw-silent",
        channel="APNS",
        message=raw({"aps": {"content-available": 1}, "refresh": "orders"}),
        shown={"RawContent": {"aps": {"content-available": 1}, "refresh": "orders"}},
    ),
    # Question-and-answer pages: a silent one with an empty sound, as Apple's old documents show it.
    Case(
        name="raw-silent-with-empty-sound",
        channel="APNS",
        message=raw({"aps": {"content-available": 1, "sound": ""}}),
        shown={"RawContent": {"aps": {"content-available": 1, "sound": ""}}},
    ),
    # Swift servers' samples of calls: the app's members only, for PushKit.
    Case(
        name="raw-voip",
        channel="APNS_VOIP",
        message={"APNSMessage": {"APNSPushType": "voip", "Priority": "10", "TimeToLive": 0, "RawContent": json.dumps(VOIP)}},
        shown={"RawContent": VOIP, "APNSPushType": "voip"},
    ),
    # The same without `aps` at all, as some servers of calls send it.
    Case(
        name="raw-voip-without-aps",
        channel="APNS_VOIP_SANDBOX",
        message=raw({"handle": "Noor", "callUUID": "c-7", "hasVideo": False}),
        shown={"RawContent": {"handle": "Noor", "callUUID": "c-7", "hasVideo": False}},
    ),
    # A server of PushKit (issue of a client for APNs): a call with localised words, between 4 and 5 KB.
    Case(
        name="raw-voip-of-five-kilobytes",
        channel="APNS_VOIP",
        message={"APNSMessage": {"APNSPushType": "voip", "RawContent": json.dumps({"aps": {}, "offer": "v" * 4500})}},
        shown={"RawContent": {"aps": {}, "offer": "v" * 4500}},
    ),
    # Apple's documents for device management: one member, no `aps`.
    Case(
        name="raw-mdm",
        channel="APNS",
        message={"APNSMessage": {"APNSPushType": "mdm", "RawContent": json.dumps({"mdm": "2F1D-magic"})}},
        shown={"RawContent": {"mdm": "2F1D-magic"}, "APNSPushType": "mdm"},
    ),
    # FCM v1 samples and Apple's documents: an update of a live activity.
    Case(name="raw-live-activity", channel="APNS", message=raw(ACTIVITY), shown={"RawContent": ACTIVITY}),
    # Python, a tracker's events: the action and its text alone.
    Case(
        name="python-open-app",
        channel="APNS",
        message={"APNSMessage": {"Action": "OPEN_APP", "Body": "A survey: https://example.com/s", "Title": "Thanks!"}},
        title="Thanks!",
        body="A survey: https://example.com/s",
    ),
    # JavaScript, a Lambda: how the service signs in.
    Case(
        name="javascript-token-authentication",
        channel="APNS",
        message={
            "APNSMessage": {
                "Action": "OPEN_APP",
                "Body": "B",
                "PreferredAuthenticationMethod": "TOKEN",
                "SilentPush": False,
                "Sound": "default",
                "Title": "T",
            }
        },
        title="T",
        body="B",
        shown={"PreferredAuthenticationMethod": "TOKEN"},
    ),
    # A developer's notes, CLI: the app's own scheme under URL, and a badge of nought.
    Case(
        name="cli-own-scheme-under-url",
        channel="APNS",
        message={"APNSMessage": {"Body": "B", "Title": "T", "Action": "URL", "Url": "shop://cart", "Badge": 0}},
        title="T",
        body="B",
        shown={"Url": "shop://cart", "Badge": 0},
    ),
    # Go: Apple's numbers for urgency, and a map of data.
    Case(
        name="go-priority-by-number",
        channel="APNS",
        message={"APNSMessage": {"Title": "T", "Body": "B", "Data": {"orderId": "o-7"}, "Priority": "5", "Sound": "default"}},
        title="T",
        body="B",
        shown={"Data": {"orderId": "o-7"}, "Priority": "5"},
    ),
    # Guides to silent push: data, and no text.
    Case(
        name="silent-with-data",
        channel="APNS",
        message={
            "APNSMessage": {"SilentPush": True, "Data": {"refresh": "orders"}, "APNSPushType": "background", "Priority": "5"}
        },
        shown={"SilentPush": True, "Data": {"refresh": "orders"}},
    ),
    # API reference, APNSMessage: grouping, replacing and enriching.
    Case(
        name="thread-category-media",
        channel="APNS",
        message={
            "APNSMessage": {
                "Title": "T",
                "Body": "B",
                "ThreadId": "orders",
                "Category": "ORDER",
                "CollapseId": "order-7",
                "MediaUrl": "https://example.com/a.gif",
            }
        },
        title="T",
        body="B",
        shown={"ThreadId": "orders", "CollapseId": "order-7", "MediaUrl": "https://example.com/a.gif"},
    ),
    # API reference, APNSMessage: the badge alone, which takes it off the app's icon.
    Case(name="badge-alone", channel="APNS", message={"APNSMessage": {"Badge": 0}}, shown={"Badge": 0}),
    # API reference, EndpointSendConfiguration: a payload of the user's own.
    Case(
        name="raw-of-the-user",
        channel="APNS",
        message={"APNSMessage": {"Title": "T", "Body": "B"}},
        user={"RawContent": json.dumps(GAME)},
        shown={"RawContent": GAME},
    ),
    # Python, a shop's notification: the number in the badge is the user's.
    Case(
        name="raw-content-with-a-number-of-the-user",
        channel="APNS",
        message={"APNSMessage": {"RawContent": '{"aps": {"alert": "{{text}}", "badge": {{ n }}}, "data": {{{data}}}}'}},
        user={"Substitutions": {"n": ["7"], "text": ['A "new" one'], "data": ['{"id": [1]}']}},
        shown={"RawContent": {"aps": {"alert": 'A "new" one', "badge": 7}, "data": {"id": [1]}}},
    ),
    # The same with Handlebars' blocks, which only the service can fill.
    Case(
        name="raw-content-with-a-block",
        channel="APNS",
        message={"APNSMessage": {"RawContent": '{"aps": {{#if n}}{"badge": {{n}}}{{else}}{}{{/if}}}'}},
        user={"Substitutions": {"n": ["7"]}},
        shown={"RawContent": {"aps": {"badge": 7}}},
    ),
]
