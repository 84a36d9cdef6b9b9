"""What a run will do, worked out and shown before anything is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from pinpoint_users._files.check import Checked
from pinpoint_users._files.terminal_text import visible
from pinpoint_users._files.user_file import Pair
from pinpoint_users._run.earlier import targets_left
from pinpoint_users._shapes.converters import counted
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.cli.account import Identity
from pinpoint_users.cli.connection import Connection
from pinpoint_users.cli.earlier import with_records
from pinpoint_users.cli.reach import reached
from pinpoint_users.cli.terminal import duration
from pinpoint_users.directory.interface import EndpointDirectory
from pinpoint_users.enums import ChannelType
from pinpoint_users.routes import Routes

_SAMPLE = 1_000
_LOOKED_UP = "SendUsersMessages"
_PHONES = frozenset({ChannelType.SMS, ChannelType.VOICE})
Left: TypeAlias = tuple[str, Sequence[str | None]]
"""A user, and what of the user is still to be sent to: endpoint IDs, or None for all."""


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
    """Users who are sent to."""
    known: int
    """Users whom the journal of an earlier run has done with, or has in doubt: nothing is sent to them again."""
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
        who = counted(self.users, "user")
        if self.known:
            who = f"{self.users:,} of {counted(self.users + self.known, 'user')}, as the journal has what became of the others"
        shown = [who + (f"; {counted(self.skipped, 'line')} left out" if self.skipped else "")]
        for leg in self.legs:
            them = f"{leg.addresses:,} of them" if leg.route == _LOOKED_UP else counted(leg.addresses, "endpoint")
            shown.append(f"  {about}{counted(leg.requests, 'request')} by {leg.route}, to {about}{them}")
        if self.without_endpoints:
            shown.append(f"  {about}{counted(self.without_endpoints, 'user')} without an endpoint that can be sent to")
        account = f"account {self.identity.account}" + (f" ({self.identity.arn})" if self.identity.arn else "")
        where = f"Region {self.identity.region or 'unknown'}, application {self.application_id}"
        shown.append(visible(f"from {account}, {where}"))
        if self.sms:
            shown.append(self.sms)
        if self.seconds is None:
            shown.append("as fast as the service takes it")
        else:
            shown.append(f"in {about if round(self.seconds) else ''}{duration(self.seconds)} at the rate")
        if self.journal is not None:
            shown.append(f"journal: {visible(self.journal)}")
        return [*shown, *self.preview]

    def to_dict(self) -> dict[str, Any]:
        """The plan for machines."""
        return {
            "users": self.users,
            "known_users": self.known,
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
    pairs: Iterator[Pair],
    connection: Connection,
    *,
    groups: Sequence[Collection[ChannelType]],
    rate: float | None,
    identity: Identity,
    preview: Sequence[str],
    journal: str | None,
) -> Plan:
    """Works out a run.

    Args:
        checked: What the check of the users has found.
        pairs: The users. Of those who are left, the first thousand are looked up in the directory.
        connection: What it is sent by.
        groups: Channels of which each user gets the message by the first group that reaches.
        rate: The most requests a second.
        identity: Who sends.
        preview: The first user's message, as it will look.
        journal: The journal's path.

    Raises:
        DirectoryError: The directory can't be read.
        JournalError: The journal can't be read.
    """
    every = checked.users - checked.duplicates
    is_begun = journal is not None and Path(journal).exists()
    left = _left(pairs, journal, takes_one=len(groups) > 1)
    sample = list(islice(left, _SAMPLE))
    users, whole, endpoints = _counted(chain(sample, left)) if is_begun else (every, every, 0)
    without = 0
    is_estimate = False
    if connection.directory is None:
        legs = [Leg(_LOOKED_UP, whole, -(-whole // MAX_USERS))] if whole else []
        legs += [_leg("SendMessages", endpoints)] if endpoints else []
    else:
        counts, without = _addresses(sample, connection.directory, connection.routes, groups)
        is_estimate = users > len(sample)
        scale = users / len(sample) if is_estimate else 1
        without = round(without * scale)
        legs = [_leg(route, round(count * scale)) for route, count in sorted(counts.items())]
    return Plan(
        users=users,
        known=every - users,
        skipped=checked.bad_lines + checked.duplicates,
        legs=legs,
        is_estimate=is_estimate,
        without_endpoints=without,
        seconds=None if rate is None else max((leg.requests for leg in legs), default=0) / rate,
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


def _left(pairs: Iterator[Pair], journal: str | None, *, takes_one: bool) -> Iterator[Left]:
    """Users to whom something is still to go."""
    for user_id, record in with_records(pairs, journal):
        targets = targets_left(record, takes_one=takes_one)
        if targets:
            yield user_id, targets


def _counted(left: Iterable[Left]) -> tuple[int, int, int]:
    """How many users there are, how many of them are sent to as a whole, and to how many endpoints of the others."""
    users = whole = endpoints = 0
    for _, targets in left:
        users += 1
        if None in targets:
            whole += 1
        else:
            endpoints += len(targets)
    return users, whole, endpoints


def _addresses(
    left: Sequence[Left], directory: EndpointDirectory, routes: Routes, groups: Sequence[Collection[ChannelType]]
) -> tuple[Counter[str], int]:
    """To how many addresses each way still has to send, and how many users have none."""
    counts: Counter[str] = Counter()
    without = 0
    for start in range(0, len(left), MAX_USERS):
        some = left[start : start + MAX_USERS]
        found = directory.endpoints_of([user_id for user_id, _ in some])
        for user_id, targets in some:
            endpoints = [each for each in found.get(user_id, ()) if None in targets or each.endpoint_id in targets]
            chosen = [_route(each.channel_type, routes) for each in reached(endpoints, groups)]
            without += not chosen
            counts.update(chosen)
    return counts, without


def _route(channel: ChannelType, routes: Routes) -> str:
    if channel is ChannelType.EMAIL:
        return "SendBulkEmail"
    if channel in _PHONES and channel in routes:
        return "SendTextMessage" if channel is ChannelType.SMS else "SendVoiceMessage"
    return "SendMessages"


def _sms_line(checked: Checked) -> str | None:
    parts = checked.sms_parts
    if parts is None:
        return None
    if parts.least == parts.most:
        return f"SMS: {counted(parts.least, 'part')} each"
    average = f"{parts.total / parts.users:.1f} on average of the first {counted(parts.users, 'user')}"
    return f"SMS: {parts.least} to {parts.most} parts, {average}"
