"""Ctrl-C at every place of the caller's thread, one after another: nothing hangs, and nobody is forgotten.

Python lets signals in after calls and when a function begins. A profiler is told of the same moments and can raise there, in
any thread, so that each place can be struck on purpose. The garbage collector rests, so that it brings no places of its own.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, Literal

import attrs
import pytest

from pinpoint_users import (
    Journal,
    Outcome,
    PinpointUsers,
    ResultStream,
    RunInterrupted,
    RunStoppedError,
    SendReport,
    UserResult,
)
from pinpoint_users.local import LocalPinpoint

USERS = [f"u-{number}" for number in range(120)]
PATIENCE = 20
"""Seconds after which a thread is taken to hang."""
OTHERS = ("abc>", "attr", "cattrs", "collections", "enum.py", "logging", "typing", "weakref")
"""What is called on the way and knows nothing of runs: striking there is as striking after it."""

Kind = Literal["list", "iterator", "stream", "stream of a list"]
"""How users are handed in: all at once or one by one by the caller's thread, to `send` or a stream."""
End = Literal["by itself", "refused", "closed", "interrupted"]
"""How the run ends: when all is done, by a refusal, since the client is closed before it, or by Ctrl-C among its users."""
Place = tuple[str, str, int]


@attrs.define
class Strike:
    """A run that is struck once at a place, when it comes there so many times; without a place, one that notes its places."""

    kind: Kind
    end: End = "by itself"
    place: Place | None = None
    times: int = 1
    has_struck: bool = False
    came_to: Counter[Place] = attrs.field(factory=Counter)
    outcome: object = None
    streamed: list[UserResult] = attrs.field(factory=list)
    unread: int = 0

    def profile(self, frame: Any, event: str, arg: object) -> None:
        if event not in {"call", "c_return"} and not _has_returned(frame, event, arg):
            return
        place = (event, frame.f_code.co_filename, frame.f_lineno)
        self.came_to[place] += 1
        if place == self.place and self.came_to[place] == self.times:
            sys.setprofile(None)
            self.has_struck = True
            raise KeyboardInterrupt

    def send(self, pinpoint: PinpointUsers, message: Any) -> None:
        unread = iter(USERS)
        users = USERS if "list" in self.kind else interrupted(unread) if self.end == "interrupted" else unread
        stream = pinpoint.stream(message, users) if "stream" in self.kind else None
        if self.end == "closed":
            pinpoint.close()
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
            self.come_out(stream)
        self.unread = 0 if "list" in self.kind else len(list(unread))

    def come_out(self, stream: ResultStream) -> None:
        """Takes what is left, of which the run's error has what it has."""
        errors = [self.outcome]
        stream.close()
        try:
            self.streamed.extend(stream)
        except RunStoppedError as error:
            errors.append(error)
        for error in errors:
            if isinstance(error, RunStoppedError):
                self.streamed.extend(error.report.users.values())

    @property
    def results(self) -> list[UserResult] | None:
        """What came out for whom; None if there is no report."""
        if "stream" in self.kind:
            return sorted(self.streamed, key=lambda user: USERS.index(user.user_id))
        report = self.outcome if isinstance(self.outcome, SendReport) else getattr(self.outcome, "report", None)
        return None if report is None else list(report.users.values())


def _has_returned(frame: Any, event: str, value: object) -> bool:
    """Whether one function of the package has given another a value: Python 3.10 lets signals in there, too."""
    caller = frame.f_back
    is_ours = caller is not None and all("pinpoint_users" in each.f_code.co_filename for each in (frame, caller))
    return event == "return" and value is not None and is_ours


def interrupted(users: Iterator[str]) -> Iterator[str]:
    yield from users
    raise KeyboardInterrupt


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
    local.fail_next(403 if strike.end == "refused" else 413)
    local.throttle(share=0.3)
    pinpoint = local.client(concurrency=2)
    if not ends(strike.send, pinpoint, message):
        return "the run hangs"
    if not ends(pinpoint.close):
        return "the client can't be closed"
    got = Counter(delivery.endpoint_id for delivery in local.deliveries())
    if strike.results is None:
        has_read = strike.kind == "iterator" and strike.unread < len(USERS)
        return f"there is no report, but {strike.outcome!r}" if got or has_read else None
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
@pytest.mark.parametrize(
    ("kind", "end"),
    [
        *[(kind, "by itself") for kind in ("list", "iterator", "stream")],
        *[(kind, "refused") for kind in ("list", "iterator", "stream")],
        *[(kind, "closed") for kind in ("stream", "stream of a list")],
        ("iterator", "interrupted"),
    ],
)
def test_it_may_strike_anywhere(local, message, kind, end):
    for _ in range(2):  # the first one also comes to what is made but once
        first = Strike(kind, end)
        assert fault_of(local, message, first) is None
        assert len(first.results) == len(USERS) - first.unread
    places = {place: times for place, times in first.came_to.items() if not any(name in place[1] for name in OTHERS)}
    struck, faults = [], {}
    for place, times in places.items():
        for time in {1, min(2, times), (times + 1) // 2, times}:
            strike = Strike(kind, end, place, time)
            fault = fault_of(local, message, strike)
            if fault is not None:
                faults[place, time] = fault
            struck.append(strike)
    assert faults == {}
    assert sum(strike.has_struck for strike in struck) > 50
    during_the_run = KeyboardInterrupt if "stream" in kind else RunInterrupted
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


def test_while_a_streams_journal_is_let_go_of_it_leaves_nobody_waiting(local, message, tmp_path):
    local.clear_faults()
    results, starts = [], []

    def strike(frame: Any, event: str, _arg: object) -> None:
        name = frame.f_code.co_name
        if event == "call" and name == "start":
            starts.append(name)
        if event == "call" and name == "wake" and frame.f_back.f_code.co_name == "start" and len(starts) == 2:
            sys.setprofile(None)
            raise KeyboardInterrupt

    def take() -> None:
        sys.setprofile(strike)
        with pytest.raises(KeyboardInterrupt):
            deque(map(results.append, stream))
        results.extend(stream)

    with local.client() as pinpoint:
        stream = pinpoint.stream(message, iter(USERS), journal=Journal(tmp_path / "run.db"))
        assert ends(take)
        assert len(starts) == 2
    assert sorted(result.user_id for result in results) == sorted(USERS)
