"""Ctrl-C at every place of the caller's thread, one after another: nothing hangs, and nobody is forgotten.

Python lets signals in after calls and when a function begins. A profiler is told of the same moments and can raise there, in
any thread, so that each place can be struck on purpose. The garbage collector rests, so that it brings no places of its own.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter
from typing import Any, Literal

import attrs
import pytest

from pinpoint_users import Journal, Outcome, PinpointUsers, RunInterrupted, SendReport, UserResult
from pinpoint_users.local import LocalPinpoint

USERS = [f"u-{number}" for number in range(120)]
PATIENCE = 20
"""Seconds after which a thread is taken to hang."""
OTHERS = ("abc>", "attr", "cattrs", "collections", "enum.py", "logging", "typing")
"""What is called on the way and knows nothing of runs: striking there is as striking after it."""

Kind = Literal["list", "iterator", "stream"]
"""How users are handed in: all at once, one by one by the caller's thread, or likewise to a stream."""
Place = tuple[str, str, int]


@attrs.define
class Strike:
    """A run that is struck once at a place, when it comes there so many times; without a place, one that notes its places."""

    kind: Kind
    place: Place | None = None
    times: int = 1
    has_struck: bool = False
    came_to: Counter[Place] = attrs.field(factory=Counter)
    outcome: object = None
    streamed: list[UserResult] = attrs.field(factory=list)
    unread: int = 0

    def profile(self, frame: Any, event: str, _arg: object) -> None:
        if event not in {"call", "c_return"}:
            return
        place = (event, frame.f_code.co_filename, frame.f_lineno)
        self.came_to[place] += 1
        if place == self.place and self.came_to[place] == self.times:
            sys.setprofile(None)
            self.has_struck = True
            raise KeyboardInterrupt

    def send(self, pinpoint: PinpointUsers, message: Any) -> None:
        users = USERS if self.kind == "list" else iter(USERS)
        stream = pinpoint.stream(message, users) if self.kind == "stream" else None
        sys.setprofile(self.profile)
        try:
            if stream is not None:
                for result in stream:
                    self.streamed.append(result)
            else:
                self.outcome = pinpoint.send(message, users)
        except BaseException as error:  # noqa: BLE001 - before anything is sent, Python may make another error of it
            self.outcome = error
        finally:
            sys.setprofile(None)
        if stream is not None:
            stream.close()
            self.streamed.extend(stream)
        self.unread = 0 if self.kind == "list" else len(list(users))

    @property
    def results(self) -> list[UserResult] | None:
        """What came out for whom; None if there is no report."""
        if self.kind == "stream":
            return sorted(self.streamed, key=lambda user: USERS.index(user.user_id))
        report = self.outcome if isinstance(self.outcome, SendReport) else getattr(self.outcome, "report", None)
        return None if report is None else list(report.users.values())


def ends(target: Any, *arguments: object) -> bool:
    """Whether something comes to an end, in a thread of its own."""
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return not thread.is_alive()


@pytest.fixture(scope="module")
def local():
    with LocalPinpoint() as local:
        local.add_endpoints(
            {"ChannelType": "SMS", "Address": f"+1206{number:07}", "Id": user, "User": {"UserId": user}}
            for number, user in enumerate(USERS)
        )
        yield local


def fault_of(local, message, strike):
    """What is wrong after a run with that strike; nothing if all is well."""
    local.clear_deliveries()
    local.clear_faults()
    local.fail_next(429)
    local.fail_next(413)
    local.throttle(share=0.3)
    pinpoint = local.client(concurrency=2)
    if not ends(strike.send, pinpoint, message):
        return "the run hangs"
    if not ends(pinpoint.close):
        return "the client can't be closed"
    got = Counter(delivery.endpoint_id for delivery in local.deliveries())
    if strike.results is None:
        return f"there is no report, but {strike.outcome!r}" if got else None
    ids = [user.user_id for user in strike.results]
    faults = {
        f"{len(ids)} users come out": ids != USERS[: len(USERS) - strike.unread],
        "somebody got it twice": set(got.values()) - {1},
        "an outcome is wrong": [user for user in strike.results if (user.outcome is Outcome.SUCCESSFUL) != got[user.user_id]],
        "somebody got it who doesn't come out": got.keys() - set(ids),
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


@pytest.fixture
def _no_garbage():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_garbage")
@pytest.mark.parametrize("kind", ["list", "iterator", "stream"])
def test_it_may_strike_anywhere(local, message, kind):
    for _ in range(2):  # the first one also comes to what is made but once
        first = Strike(kind)
        assert fault_of(local, message, first) is None
        assert len(first.results) == len(USERS)
    places = {place: times for place, times in first.came_to.items() if not any(name in place[1] for name in OTHERS)}
    struck, faults = [], {}
    for place, times in places.items():
        for time in {1, min(2, times), (times + 1) // 2, times}:
            strike = Strike(kind, place, time)
            fault = fault_of(local, message, strike)
            if fault is not None:
                faults[place, time] = fault
            struck.append(strike)
    assert faults == {}
    assert sum(strike.has_struck for strike in struck) > 50
    during_the_run = KeyboardInterrupt if kind == "stream" else RunInterrupted
    assert sum(isinstance(strike.outcome, during_the_run) for strike in struck) > 25


def strike_at(file, name):
    """A profiler that raises when a function begins."""

    def profile(frame: Any, event: str, _arg: object) -> None:
        if event == "call" and frame.f_code.co_name == name and frame.f_code.co_filename.endswith(file):
            sys.setprofile(None)
            raise KeyboardInterrupt

    return profile


@pytest.mark.parametrize("door", ["send", "stream"])
@pytest.mark.parametrize("place", [("base_client.py", "_core"), ("logs.py", "log_start"), ("_run/run.py", "__init__")])
def test_before_anything_is_sent_it_leaves_the_journal_to_the_next_run(local, message, tmp_path, door, place):
    local.clear_deliveries()
    local.clear_faults()
    journal = Journal(tmp_path / "run.db")
    with local.client() as pinpoint:
        send = getattr(pinpoint, door)
        sys.setprofile(strike_at(*place))
        with pytest.raises(KeyboardInterrupt) as kept:  # as Python's prompt and notebooks keep what was raised last
            send(message, USERS, journal=journal)
        assert not local.deliveries()
        assert pinpoint.send(message, USERS, journal=journal).counts[Outcome.SUCCESSFUL] == len(USERS)
    assert kept.value.__traceback__ is not None
