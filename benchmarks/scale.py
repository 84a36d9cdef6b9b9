"""100 million users by each way out, at AWS's quotas: `python -m benchmarks.scale`.

A whole run can't be had, so it is put together from two parts. The first is a run in the embedded service's virtual time, at
the way's quota, or a part of it with as much of the audience; its worker is lost every minute, with what it has in flight, and
the next one goes on with the journal. The second is the CPU time of a user against the stub server. From these come the hours,
the cores, the calls and the bytes of the whole run.
"""

from __future__ import annotations

import argparse
import math
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
from typing_extensions import override

from benchmarks.audience import FROM, rows
from benchmarks.processes import Stub, environment
from benchmarks.sides import ours, ours_to_addresses, ours_to_mailboxes
from pinpoint_users import (
    DirectMessageConfiguration,
    Endpoint,
    EndpointUser,
    Journal,
    Operation,
    PinpointUsers,
    RunStoppedError,
    Transport,
)
from pinpoint_users.directory import SQLiteDirectory
from pinpoint_users.local import LocalPinpoint
from pinpoint_users.routes import SES, Routes, TextMessaging

AUDIENCE = 100_000_000
LIFE = 60.0
"""Seconds after which a worker is lost."""
CONCURRENCY = 8
_MEASURED = 20_000
_SMS = DirectMessageConfiguration.from_dict({"SMSMessage": {"Body": "Your parcel has come. Its code is {{code}}."}})
_EMAIL = DirectMessageConfiguration.from_dict(
    {"EmailMessage": {"SimpleEmail": {"Subject": {"Data": "Your parcel"}, "TextPart": {"Data": "Its code is {{code}}."}}}}
)


class LostWorkerError(Exception):
    """The process is gone, before it has read an answer."""


class Mortal(Transport):
    """A worker's way to the service until the worker is lost: what it sends then arrives, and no answer is read.

    Args:
        inner: The way.
    """

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self._ends = inner.monotonic() + LIFE

    @override
    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        answer = self._inner.post(operation, application_id, body)
        if self._inner.monotonic() >= self._ends:
            raise LostWorkerError
        return answer

    @override
    def max_send_rate(self) -> float | None:
        return self._inner.max_send_rate()

    @override
    def monotonic(self) -> float:
        return self._inner.monotonic()

    @override
    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


@attrs.frozen(kw_only=True)
class Way:
    """A way out, and its quota."""

    name: str
    per_second: float
    """The quota, in what `limited` counts."""
    limited: str
    """What the quota counts: requests, recipients or parts."""
    users_a_request: int
    part: int
    """What the quota is divided by for the simulation."""
    message: DirectMessageConfiguration
    looks_up: bool = True
    """Whether users are looked up on our side."""
    routes: Callable[[float], Routes] | None = None
    """The settings at a rate."""
    side: Callable[[str, int], ours.Ours | ours_to_addresses.ToDirectory] | None = None
    """Sends to the stub server; by default CPU time isn't measured, as the quota keeps one core idle."""

    @property
    def users_per_second(self) -> float:
        """The users whom the quota lets reach, of one address each."""
        return self.per_second * (self.users_a_request if self.limited == "requests" else 1)


WAYS: Sequence[Way] = (
    Way(
        name="`SendUsersMessages` (Pinpoint's look-up, as it was)",
        per_second=6_000,
        limited="requests",
        users_a_request=100,
        part=1_000,
        message=_SMS,
        looks_up=False,
        side=ours.connect,
    ),
    Way(
        name="`SendMessages` with addresses",
        per_second=4_000,
        limited="requests",
        users_a_request=100,
        part=1_000,
        message=_SMS,
        side=ours_to_addresses.connect,
    ),
    *(
        Way(
            name=f"SES, `SendBulkEmail`, {rate:,} recipients/s",
            per_second=rate,
            limited="recipients",
            users_a_request=50,
            part=rate // 100,
            message=_EMAIL,
            routes=lambda _rate: {"EMAIL": SES(from_email_address=FROM, rates="account")},
            side=ours_to_mailboxes.connect,
        )
        for rate in (1_000, 10_000)
    ),
    Way(
        name="`SendTextMessage`, a short code",
        per_second=100,
        limited="parts",
        users_a_request=1,
        part=1,
        message=_SMS,
        routes=lambda rate: {"SMS": TextMessaging(origination_identity="12345", parts_per_second=rate)},
    ),
)


@attrs.frozen
class Simulated:
    """What a simulated run was like."""

    users: int
    seconds: float
    """Virtual ones."""
    requests: int
    lost_workers: int
    unknown: int
    """Users of whom nobody knows whether they got the message."""
    twice: int
    """Addresses that got it twice."""
    untrue: int
    """Users without an outcome, or who are said to have got it and have not, or the other way round."""
    journal: float
    """Bytes a user."""


def phones(user_ids: Sequence[str]) -> dict[str, list[Endpoint]]:
    """A directory that knows everybody by a phone."""
    return {user_id: [Endpoint(channel_type="SMS", address=f"+1206{user_id[2:]}")] for user_id in user_ids}


def mailboxes(user_ids: Sequence[str]) -> dict[str, list[Endpoint]]:
    """A directory that knows everybody by a mailbox."""
    return {user_id: [Endpoint(channel_type="EMAIL", address=f"{user_id}@example.com")] for user_id in user_ids}


def simulate(way: Way, minutes: float) -> Simulated:
    """Sends at the way's quota, for some minutes or to the end of the audience, and loses the worker every minute."""
    rate = way.per_second / way.part
    users = int(min(AUDIENCE / way.part, way.users_per_second / way.part * minutes * 60))
    outcomes: Counter[str] = Counter()
    lost = 0
    with tempfile.TemporaryDirectory() as folder, LocalPinpoint() as pinpoint:
        if way.looks_up:
            how: dict[str, Any] = {"directory": mailboxes if way.message is _EMAIL else phones}
            if way.routes is not None:
                how["routes"] = way.routes(rate)
        else:
            how = {}
            pinpoint.add_endpoints(
                {"ChannelType": "SMS", "Address": f"+1206{number:07}", "User": {"UserId": f"u-{number:07}"}}
                for number in range(users)
            )
        by_request = way.limited == "requests"
        pinpoint.limit_rate(rate if by_request else None, endpoints_per_second=None if by_request else rate)
        journal = Journal(Path(folder, "run.db"))
        began = pinpoint.transport.monotonic()
        while not outcomes:
            worker = PinpointUsers(
                pinpoint.application_id, transport=Mortal(pinpoint.transport), concurrency=CONCURRENCY, **how
            )
            with worker:
                try:
                    outcomes = Counter(
                        result.outcome for result in worker.stream(way.message, ours.users(rows(0, users)), journal=journal)
                    )
                except RunStoppedError as error:
                    if not isinstance(error.reason.__cause__, LostWorkerError):
                        raise
                    lost += 1
        seconds = pinpoint.transport.monotonic() - began
        done = outcomes["SUCCESSFUL"] + outcomes["UNKNOWN"]
        arrived = Counter(delivery.address for delivery in pinpoint.deliveries())
        return Simulated(
            users=users,
            seconds=seconds,
            requests=sum(pinpoint.requests.values()),
            lost_workers=lost,
            unknown=outcomes["UNKNOWN"],
            twice=sum(times > 1 for times in arrived.values()),
            untrue=users - outcomes.total() + max(0, outcomes["SUCCESSFUL"] - len(arrived), len(arrived) - done),
            journal=Path(journal.path).stat().st_size / users,
        )


def processor_seconds(way: Way, url: str) -> float | None:
    """CPU time for each user, against the stub server; None where it isn't measured."""
    if way.side is None:
        return None
    side = way.side(url, CONCURRENCY)
    try:
        side.send_many(0, _MEASURED // 4)
        began = time.process_time()
        side.send_many(0, _MEASURED // 2)
        side.send_many(0, _MEASURED // 2)
        return (time.process_time() - began) / _MEASURED
    finally:
        side.close()


def directory_bytes(channel: str) -> float:
    """Bytes of a directory in SQLite for each user of one endpoint."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "users.db")
        user_ids = [row[0] for row in rows(0, _MEASURED)]
        known = mailboxes(user_ids) if channel == "EMAIL" else phones(user_ids)
        with SQLiteDirectory(path) as directory:
            directory.import_endpoints(
                attrs.evolve(endpoint, user=EndpointUser(user_id=user_id))
                for user_id, endpoints in known.items()
                for endpoint in endpoints
            )
        return path.stat().st_size / _MEASURED


def lasting(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 600:
        return f"{seconds:.0f} s"
    hours = seconds / 3600
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def table(header: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    """A table in Markdown."""
    every = [header, ["---"] * len(header), *lines]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in every)


def main() -> None:
    """Simulates each way, measures it, and prints what the whole audience takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of virtual time, at most")
    minutes = parser.parse_args().minutes
    os.environ.update(environment())
    stored = {channel: directory_bytes(channel) for channel in ("SMS", "EMAIL")}
    simulated, whole = [], []
    for way in WAYS:
        run = simulate(way, minutes)
        rate = run.users / run.seconds * way.part
        seconds = AUDIENCE / rate
        simulated.append(
            (
                way.name,
                f"1/{way.part:,}" if way.part > 1 else "whole",
                f"{run.users:,}",
                lasting(run.seconds),
                f"{100 * rate / way.users_per_second:.0f} %",
                f"{run.requests:,}",
                run.lost_workers,
                run.unknown,
                run.twice,
                run.untrue,
            )
        )
        with Stub() as stub:
            processor = processor_seconds(way, stub.url)
        lost = math.floor(seconds / LIFE)
        calls = AUDIENCE / run.users * run.requests
        whole.append(
            (
                way.name,
                lasting(seconds),
                "under 1" if processor is None else f"{processor * rate:.1f}",
                f"{calls / 1e6:,.1f} million",
                f"{AUDIENCE / 100 / 1e6:.0f} million" if way.looks_up else "none",
                f"{run.journal * AUDIENCE / 1e9:.1f} GB",
                f"{stored['EMAIL' if way.message is _EMAIL else 'SMS'] * AUDIENCE / 1e9:.0f} GB" if way.looks_up else "AWS's",
                f"{lost:,}",
                f"at most {lost * CONCURRENCY * way.users_a_request:,}",
            )
        )
    print(
        table(
            (
                "way",
                "of the quota",
                "users",
                "virtual time",
                "of what the quota allows",
                "requests",
                "workers lost",
                "users UNKNOWN",
                "addresses twice",
                "untrue outcomes",
            ),
            simulated,
        ),
        end="\n\n",
    )
    print(
        table(
            (
                "way",
                "time",
                "cores",
                "calls that send",
                "look-ups",
                "journal",
                "directory",
                "workers lost",
                "users UNKNOWN",
            ),
            whole,
        )
    )


if __name__ == "__main__":
    main()
