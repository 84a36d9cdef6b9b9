"""Ctrl-C at every place of the caller's thread, one after another: nothing hangs, and nobody is forgotten.

Python lets signals in after calls and when a function begins. A profiler is told of the same moments and can raise there, in
any thread, so that each place can be struck on purpose.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from typing import Any

import attrs
import pytest

from pinpoint_users import Outcome, PinpointUsers, RunInterrupted, SendReport
from pinpoint_users.local import LocalPinpoint

USERS = [f"u-{number}" for number in range(120)]
PATIENCE = 20
"""Seconds after which a thread is taken to hang."""
OTHERS = ("abc>", "attr", "cattrs", "collections", "enum.py", "hypothesis", "logging", "typing")
"""What is called on the way and knows nothing of runs: striking there is as striking after it.

Hypothesis watches the garbage collector; what strikes there, Python only reports, and nothing is interrupted.
"""

Place = tuple[str, str, int]


@attrs.define
class Strike:
    """A run that is struck once at a place, when it comes there so many times; without a place, one that notes its places."""

    place: Place | None = None
    times: int = 1
    has_struck: bool = False
    came_to: Counter[Place] = attrs.field(factory=Counter)
    outcome: object = None
    is_lazy: bool = False
    """Whether users come from an iterator, which the caller's thread reads."""
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
        users = iter(USERS) if self.is_lazy else USERS
        sys.setprofile(self.profile)
        try:
            self.outcome = pinpoint.send(message, users)
        except BaseException as error:  # noqa: BLE001 - before anything is sent, Python may make another error of it
            self.outcome = error
        finally:
            sys.setprofile(None)
        self.unread = len(list(users)) if self.is_lazy else 0


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
    report = strike.outcome if isinstance(strike.outcome, SendReport) else getattr(strike.outcome, "report", None)
    if report is None:
        return f"there is no report, but {strike.outcome!r}" if got else None
    faults = {
        f"{len(report.users)} users in the report": list(report.users) != USERS[: len(USERS) - strike.unread],
        "somebody got it twice": set(got.values()) - {1},
        "an outcome is wrong": [
            user for user in report.users.values() if (user.outcome is Outcome.SUCCESSFUL) != got[user.user_id]
        ],
        "somebody got it who is not in the report": got.keys() - report.users.keys(),
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


@pytest.mark.parametrize("is_lazy", [False, True], ids=["list", "iterator"])
def test_it_may_strike_anywhere(local, message, is_lazy):
    first = Strike(is_lazy=is_lazy)
    assert fault_of(local, message, first) is None
    assert isinstance(first.outcome, SendReport)
    places = {place: times for place, times in first.came_to.items() if not any(name in place[1] for name in OTHERS)}
    struck, faults = [], {}
    for place, times in places.items():
        for time in {1, min(2, times), (times + 1) // 2, times}:
            strike = Strike(place, time, is_lazy=is_lazy)
            fault = fault_of(local, message, strike)
            if fault is not None:
                faults[place, time] = fault
            struck.append(strike)
    assert faults == {}
    assert sum(isinstance(strike.outcome, RunInterrupted) for strike in struck) > 25
