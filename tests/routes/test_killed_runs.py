"""A run over a directory that is killed at any moment, and begun again with its journal: counted at the receiver."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from routes.three_channels import CHANNELS, MESSAGE, address

from pinpoint_users import (
    Journal,
    Operation,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    RunStoppedError,
    SendReport,
    Transport,
)
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.local import LocalPinpoint


class Killed(Transport):
    """Takes what the journal had at one moment: what another process would find if this one had been killed then."""

    def __init__(self, inner: Transport, journal: Path, at: int, *, after: bool) -> None:
        self.inner = inner
        self.journal = journal
        self.at = at
        self.after = after
        self.count = 0
        self.found: bytes | None = None
        self.deliveries = 0

    def post(self, operation: Operation, application_id: str, body: bytes) -> bytes | Mapping[str, Any]:
        self.count += 1
        is_now = self.count == self.at
        if self.found is not None:  # the process is gone
            raise KilledError
        if is_now and not self.after:
            self.found = self.journal.read_bytes()
            raise KilledError
        answer = self.inner.post(operation, application_id, body)
        if is_now:
            self.found = self.journal.read_bytes()
            raise KilledError
        return answer

    def monotonic(self) -> float:
        return self.inner.monotonic()

    def sleep(self, seconds: float) -> None:
        self.inner.sleep(seconds)


class KilledError(Exception):
    """Nothing of it is seen by the next process."""


@st.composite
def directories(draw: st.DrawFn) -> dict[str, list[Endpoint]]:
    count = draw(st.one_of(st.integers(1, 4), st.integers(1, 130)))
    channels = draw(st.lists(st.sampled_from(CHANNELS), unique=True, min_size=1))
    return {
        f"u-{number}": [
            Endpoint(channel_type=channel, address=address(channel, number), id=f"e-{number}-{channel}") for channel in channels
        ]
        for number in range(count)
    }


@given(
    directory=directories(),
    at=st.integers(1, 4),
    after=st.booleans(),
    throttled=st.integers(0, 3),
    refused=st.integers(0, 2),
    lost=st.integers(0, 1),
    first_of=st.booleans(),
    resend=st.booleans(),
)
def test_nobody_gets_it_twice_and_nobody_is_forgotten(  # noqa: C901, PLR0917 - hypothesis gives each by itself
    directory: dict[str, list[Endpoint]],
    at: int,
    after: bool,
    throttled: int,
    refused: int,
    lost: int,
    first_of: bool,
    resend: bool,
) -> None:
    how: Any = {"first_of": ["GCM", "SMS", "VOICE"]} if first_of else {}
    policy = RetryPolicy(on_unknown="resend" if resend else "report")
    with LocalPinpoint() as local, tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.db")
        if throttled:
            local.throttle(addresses=[address("GCM", 0)], times=throttled)
        if refused:
            local.fail_next(429, times=refused)
        if lost:
            local.drop_next()
        killed = Killed(local.transport, path, at, after=after)
        with PinpointUsers(
            local.application_id, transport=killed, directory=directory, retry=policy, concurrency=1
        ) as pinpoint:
            report = run(pinpoint, directory, path, how)
        if killed.found is not None:
            path.write_bytes(killed.found)
            with PinpointUsers(local.application_id, transport=local.transport, directory=directory, retry=policy) as pinpoint:
                report = run(pinpoint, directory, path, how)
        got = Counter(each.address for each in local.deliveries())

    assert list(report.users) == list(directory)
    for user_id, endpoints in directory.items():
        user = report.users[user_id]
        counts = {endpoint.endpoint_id: got[endpoint.address] for endpoint in endpoints}
        if not resend:
            assert max(counts.values()) <= 1, (user_id, counts)
        assert max(counts.values()) <= 1 or user.maybe_duplicated, (user_id, counts)
        for endpoint_id, result in user.endpoints.items():
            assert (counts[endpoint_id] > 0) == (result.delivery_status == "SUCCESSFUL"), (user, counts)
        if user.outcome is Outcome.SUCCESSFUL and not first_of:
            assert min(counts.values()) >= 1, (user, counts)
        if user.outcome is Outcome.NOT_SENT:
            assert sum(counts.values()) == 0, (user, counts)
        if first_of and user.outcome is not Outcome.UNKNOWN:
            assert sum(counts.values()) <= 1 or resend, (user, counts)


def run(pinpoint: PinpointUsers, directory: Mapping[str, Any], path: Path, how: Any) -> SendReport:
    try:
        return pinpoint.send(MESSAGE, list(directory), journal=Journal(path), **how)
    except RunStoppedError as error:
        return error.report
