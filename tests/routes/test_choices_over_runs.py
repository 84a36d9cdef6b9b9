"""Whatever becomes of requests over several runs with one journal, a user gets it by one channel of several, and once."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from routes.three_channels import CHANNELS, MESSAGE, address

from pinpoint_users import (
    ConnectionLostError,
    Journal,
    Operation,
    Outcome,
    PinpointUsers,
    RetryPolicy,
    Sent,
    ThrottledError,
    Transport,
)
from pinpoint_users.endpoints import Endpoint

REACHES = frozenset({"SUCCESSFUL", "TEMPORARY_FAILURE", "lost"})
"""After which a user may have it."""


class Scripted(Transport):
    """Answers each address as a run's script says, and counts what may have arrived."""

    def __init__(self) -> None:
        self.script: Mapping[str, str] = {}
        self.got: defaultdict[str, int] = defaultdict(int)
        self.now = 0.0

    def post(self, operation: Operation, application_id: str, body: bytes) -> Mapping[str, Any]:
        result = {}
        statuses = {place: self.script[place] for place in json.loads(body)["Addresses"]}
        if "429" in statuses.values():
            raise ThrottledError("too many requests", status_code=429)
        for place, status in statuses.items():
            self.got[place] += status in REACHES
            result[place] = {"DeliveryStatus": status, "StatusCode": 200 if status == "SUCCESSFUL" else 400}
        if "lost" in statuses.values():
            raise ConnectionLostError("no answer")
        return {"Result": result}

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


kinds = st.sampled_from(["SUCCESSFUL", "THROTTLED", "THROTTLED", "429", "PERMANENT_FAILURE", "TEMPORARY_FAILURE", "lost"])


@st.composite
def endpoints(draw: st.DrawFn) -> list[Endpoint]:
    """A user's, of which some may share an ID or an address, or have none."""
    places = draw(st.lists(st.tuples(st.sampled_from(CHANNELS), st.integers(0, 1)), min_size=1, max_size=4))
    ids = draw(st.lists(st.sampled_from([None, "a", "b", "c", "d"]), min_size=len(places), max_size=len(places)))
    return [
        Endpoint(channel_type=channel, address=address(channel, number), id=name)
        for (channel, number), name in zip(places, ids, strict=True)
    ]


@given(
    user=endpoints(),
    scripts=st.lists(st.lists(kinds, min_size=6, max_size=6), min_size=1, max_size=4),
    chooses=st.booleans(),
    data=st.data(),
)
def test_once_by_one_channel(user: list[Endpoint], scripts: list[list[str]], chooses: bool, data: st.DataObject) -> None:
    addresses = [address(channel, number) for channel in CHANNELS for number in (0, 1)]
    channel_of = {each.address: each.channel_type for each in user}
    how: Any = {"first_of": CHANNELS} if chooses else {}
    transport, policy = Scripted(), RetryPolicy(max_attempts=2)
    is_reached = False
    with tempfile.TemporaryDirectory() as folder:
        for script in [*scripts, ["SUCCESSFUL"] * 6]:
            transport.script = dict(zip(addresses, script, strict=True))
            order = data.draw(st.permutations(user))
            with PinpointUsers("app", transport=transport, directory={"u": order}, retry=policy) as pinpoint:
                result = pinpoint.send(MESSAGE, ["u"], journal=Journal(Path(folder, "run.db")), **how).users["u"]
            got = {place for place, number in transport.got.items() if number}
            assert max(transport.got.values(), default=0) <= 1
            if chooses:
                assert len({channel_of[place] for place in got}) <= 1
            if result.sent is Sent.NOT_SENT:
                assert not got
            if result.outcome is Outcome.SUCCESSFUL:
                assert got
                assert chooses or got == set(channel_of)
            is_reached = bool(got)
    refused = {result.delivery_status for result in result.endpoints.values()}
    assert is_reached or "PERMANENT_FAILURE" in refused, result  # nobody is forgotten
