"""Channels of an application: enabled, disabled, deleted. One that nobody has touched is enabled."""

from __future__ import annotations

import re
from typing import Any

from pinpoint_users._transport.operations import members_of_answer
from pinpoint_users.directory.rules import now
from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._reply import PINPOINT, ErrorReplyError

CHANNELS = ("Adm", "Apns", "ApnsSandbox", "ApnsVoip", "ApnsVoipSandbox", "Baidu", "Email", "Gcm", "Sms", "Voice")
"""The channels, as AWS's names of the operations have them."""

_SECRETS = frozenset({"ApiKey", "Certificate", "ClientSecret", "PrivateKey", "SecretKey", "ServiceJson", "TokenKey"})
"""Members that are never kept: of a channel, only that it has some is known."""
_ANSWERED = frozenset({"ApplicationId", "CreationDate", "HasCredential", "Id", "LastModifiedDate", "Platform", "Version"})


def get_channels(call: Call) -> Answer:
    """GetChannels."""
    application_id = call.application()["Id"]
    found = {kind: _channel(call, application_id, kind) for kind in map(_kind, CHANNELS)}
    return {"Channels": {kind: _without_platform(channel) for kind, channel in found.items() if channel is not None}}


def get_channel(call: Call) -> Answer:
    """GetSmsChannel and its like."""
    kind = _kind_of(call)
    channel = _channel(call, call.application()["Id"], kind)
    if channel is None:
        raise ErrorReplyError(404, f"There is no channel {kind}.")
    return channel


def update_channel(call: Call) -> Answer:
    """UpdateSmsChannel and its like: what isn't named stays, and a channel that was deleted is there again."""
    application_id, request, kind = call.application()["Id"], call.checked_json(), _kind_of(call)
    old = _channel(call, application_id, kind) or _untouched(application_id, kind)
    known = members_of_answer(PINPOINT.service, call.operation)
    named = {
        name: value
        for name, value in request.items()
        if value is not None and name in known and name not in _ANSWERED | _SECRETS
    }
    channel = {**old, **named, "LastModifiedDate": now(), "Version": old["Version"] + 1}
    if any(request.get(name) for name in _SECRETS):
        channel["HasCredential"] = True
    for told, member in (("HasTokenKey", "TokenKey"), ("HasFcmServiceCredentials", "ServiceJson")):
        if told in known:
            channel[told] = bool(request.get(member)) or channel.get(told, False)
    call.store.put_channel(application_id, kind, channel)
    return channel


def delete_channel(call: Call) -> Answer:
    """DeleteSmsChannel and its like: nothing is sent that way until it is updated again."""
    channel = get_channel(call)
    call.store.put_channel(channel["ApplicationId"], channel["Platform"], None)
    return channel


def _channel(call: Call, application_id: str, kind: str) -> dict[str, Any] | None:
    """A channel as it is; None if it was deleted."""
    channels = call.store.channels(application_id)
    return channels[kind] if kind in channels else _untouched(application_id, kind)


def _untouched(application_id: str, kind: str) -> dict[str, Any]:
    return {
        "ApplicationId": application_id,
        "Enabled": True,
        "HasCredential": kind in {"SMS", "VOICE"},
        "Id": kind.lower(),
        "IsArchived": False,
        "Platform": kind,
        "Version": 0,
    }


def _kind_of(call: Call) -> str:
    return _kind(re.sub("^(Get|Update|Delete)|Channel$", "", call.operation))


def _kind(name: str) -> str:
    """The channel's type.

    >>> _kind("ApnsVoipSandbox")
    'APNS_VOIP_SANDBOX'
    """
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).upper()


def _without_platform(channel: dict[str, Any]) -> dict[str, Any]:
    """What `ChannelResponse` has of it."""
    return {
        name: value
        for name, value in channel.items()
        if name
        in {"ApplicationId", "CreationDate", "Enabled", "HasCredential", "Id", "IsArchived", "LastModifiedDate", "Version"}
    }
