"""What a run will do, worked out and shown before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import attrs

from pinpoint_users._files.check import Checked
from pinpoint_users._files.terminal_text import visible
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.cli.account import Identity
from pinpoint_users.cli.connection import Connection
from pinpoint_users.cli.terminal import counted, duration
from pinpoint_users.enums import ChannelType

_SAMPLE = 1_000
_PHONES = frozenset({ChannelType.SMS, ChannelType.VOICE})


@attrs.frozen
class Leg:
    """What goes by one way out."""

    route: str
    addresses: int
    requests: int


@attrs.frozen(kw_only=True)
class Plan:
    """What a run will do."""

    users: int
    skipped: int
    """Lines that are left out."""
    legs: Sequence[Leg]
    is_estimate: bool
    """Whether the legs are those of the first users, times as many as there are."""
    without_endpoints: int
    """Users of whom the directory knows no endpoint that can be sent to; an estimate like the legs."""
    seconds: float | None
    """How long it will take at the rate; None where there is none."""
    identity: Identity
    application_id: str
    sms: str | None
    """What is known of the SMS: its parts."""
    preview: Sequence[str]
    """The first user's message, as it will look."""
    journal: str | None

    def lines(self) -> list[str]:
        """The plan for people."""
        about = "about " if self.is_estimate else ""
        shown = [f"{counted(self.users, 'user')}" + (f", {counted(self.skipped, 'line')} left out" if self.skipped else "")]
        for leg in self.legs:
            shown.append(f"  {about}{counted(leg.requests, 'request')} by {leg.route}, to {about}{leg.addresses:,} of them" if leg.route == "SendUsersMessages" else f"  {about}{counted(leg.requests, 'request')} by {leg.route}, to {about}{counted(leg.addresses, 'endpoint')}")
        if self.without_endpoints:
            shown.append(f"  {about}{counted(self.without_endpoints, 'user')} without an endpoint that can be sent to")
        who = f"account {self.identity.account}" + (f" ({self.identity.arn})" if self.identity.arn else "")
        shown.append(f"from {visible(who)}, Region {visible(self.identity.region or 'unknown')}, application {visible(self.application_id)}")
        if self.sms:
            shown.append(self.sms)
        took = "as fast as the service takes it" if self.seconds is None else f"in {about}{duration(self.seconds)} at the rate"
        shown.append(took)
        if self.journal is not None:
            shown.append(f"journal: {visible(self.journal)}")
        return [*shown, *self.preview]

    def to_dict(self) -> dict[str, Any]:
        """The plan for machines."""
        return {
            "users": self.users,
            "skipped_lines": self.skipped,
            "routes": [attrs.asdict(leg) for leg in self.legs],
            "is_estimate": self.is_estimate,
            "users_without_endpoints": self.without_endpoints,
            "seconds": self.seconds,
            "account": self.identity.account,
            "arn": self.identity.arn,
            "region": self.identity.region,
            "application_id": self.application_id,
            "journal": self.journal,
        }


def plan_of(
    checked: Checked,
    pairs: Iterable[tuple[str, Any]],
    connection: Connection,
    *,
    channels: Sequence[ChannelType],
    is_first_of: bool,
    rate: float | None,
    identity: Identity,
    preview: Sequence[str],
    journal: str | None,
) -> Plan:
    """Works out a run.

    Args:
        checked: What the check of the users has found.
        pairs: The users, of whom the first thousand are looked up.
        connection: What it is sent by.
        channels: The channels that the message goes to.
        is_first_of: Whether each user gets it by one channel alone.
        rate: The most requests a second.
        identity: Who sends.
        preview: The first user's message, as it will look.
        journal: The journal's path.

    Raises:
        DirectoryError: The directory can't be read.
    """
    users = checked.users - checked.duplicates
    without = 0
    is_estimate = False
    if connection.directory is None:
        legs = [Leg("SendUsersMessages", users, -(-users // MAX_USERS))]
    else:
        sample = [user_id for user_id, _ in islice(pairs, _SAMPLE)]
        counts, without = _addresses(sample, connection, channels, is_first_of=is_first_of)
        scale = users / max(1, len({*sample}))
        is_estimate = users > _SAMPLE
        without = round(without * scale) if is_estimate else without
        legs = [_leg(route, round(count * scale) if is_estimate else count) for route, count in sorted(counts.items())]
    seconds = None if rate is None else max((leg.requests for leg in legs), default=0) / rate
    return Plan(
        users=users,
        skipped=checked.bad_lines + checked.duplicates,
        legs=legs,
        is_estimate=is_estimate,
        without_endpoints=without,
        seconds=seconds,
        identity=identity,
        application_id=connection.application_id,
        sms=_sms_line(checked),
        preview=preview,
        journal=journal,
    )


_RECIPIENTS: Mapping[str, int] = {"SendMessages": MAX_USERS, "SendBulkEmail": 50}
"""The most recipients of a request; of the others one."""


def _leg(route: str, addresses: int) -> Leg:
    return Leg(route, addresses, -(-addresses // _RECIPIENTS.get(route, 1)))


def _addresses(
    user_ids: Sequence[str], connection: Connection, channels: Sequence[ChannelType], *, is_first_of: bool
) -> tuple[Counter[str], int]:
    """How many addresses of users each way has, and how many users have none."""
    directory = connection.directory
    counts: Counter[str] = Counter()
    without = 0
    unique = list(dict.fromkeys(user_ids))
    for start in range(0, len(unique) if directory is not None else 0, MAX_USERS):
        some = unique[start : start + MAX_USERS]
        found = directory.endpoints_of(some) if directory is not None else {}
        for user_id in some:
            routes = [
                _route(endpoint.channel_type, connection)
                for endpoint in found.get(user_id, ())
                if endpoint.channel_type in channels
                and endpoint.opt_out != "ALL"
                and endpoint.endpoint_status != "INACTIVE"
            ]
            without += not routes
            counts.update(routes[:1] if is_first_of else routes)
    return counts, without


def _route(channel: ChannelType | None, connection: Connection) -> str:
    if channel is ChannelType.EMAIL:
        return "SendBulkEmail"
    if channel in _PHONES and channel is not None and channel.value in connection.routes:
        return "SendTextMessage" if channel is ChannelType.SMS else "SendVoiceMessage"
    return "SendMessages"


def _sms_line(checked: Checked) -> str | None:
    parts = checked.sms_parts
    if parts is None:
        return None
    if parts.least == parts.most:
        return f"SMS: {counted(parts.least, 'part')} each"
    return f"SMS: {parts.least} to {parts.most} parts, {parts.total / parts.users:.1f} on average of the first {counted(parts.users, 'user')}"
