"""What a row that is carried out in a way of its own is given, and the ways to send that it may choose from."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping
from random import Random
from typing import Any, Literal

import attrs
from faults.receiver import Receiver
from faults.stage import Stage
from faults.tally import ATTEMPTS, OnUnknown, Tally, counted
from faults.ways import MESSAGE, Way

from pinpoint_users import PinpointUsers, PinpointUsersError, RetryPolicy, RunInterrupted, RunStoppedError, UserResult
from pinpoint_users.stream import ResultStream

Door = Literal["send", "stream"]


@attrs.frozen(kw_only=True)
class Scene:
    """One run of a row."""

    stage: Stage
    users: list[str]
    random: Random
    on_unknown: OnUnknown

    def policy(self, **more: Any) -> RetryPolicy:
        """A policy whose waits are short."""
        attempts = ATTEMPTS[self.on_unknown]
        chosen = {"max_attempts": attempts, "base_delay": 0.01, "max_delay": 0.05, "on_unknown": self.on_unknown, **more}
        return RetryPolicy(scope=self.random.choice(["endpoint", "user"]), **chosen)

    @property
    def way(self) -> Way:
        """How users are looked up and messages go out."""
        return self.stage.way

    def client(self, receiver: Receiver, **how: Any) -> Any:
        """A client that sends to a receiver in this process."""
        chosen = {"retry": self.policy(), "concurrency": self.concurrency, **how}
        if self.way.routes is not None:
            chosen = {"directory": receiver.directory, "routes": self.way.routes, **chosen}
        return self.way.client("app", transport=receiver, **chosen)

    def counted(self, users: Collection[str], ran: Ran, got: Mapping[str | None, int], **how: Any) -> Tally:
        """Compares what came out of a run with what the endpoints got."""
        return counted(users, ran.results, got, how.pop("on_unknown", self.on_unknown), way=self.way, **how)

    def times(self, count: int) -> int:
        """How often something is done: so many times, and fewer where there are few users."""
        return max(1, min(count, count * len(self.stage.users) // 2_000))

    @property
    def door(self) -> Door:
        """One of the ways to send, by chance."""
        return self.random.choice(["send", "stream"])

    @property
    def concurrency(self) -> int:
        """How many requests go out at a time, by chance."""
        return self.random.choice([2, 4, 8])


class Handed:
    """Users, and how many of them were read."""

    def __init__(self, users: Iterable[str]) -> None:
        self._users = users
        self.read: list[str] = []

    def __iter__(self) -> Iterator[str]:
        for user in self._users:
            self.read.append(user)
            yield user


class HandedToOneThread(Handed):
    """The same, and whenever Ctrl-C strikes, those are counted who were handed over. To be ended before that."""

    def __init__(self, users: Iterable[str]) -> None:
        super().__init__(users)
        self._handing = self._hand()

    def __iter__(self) -> Iterator[str]:
        return self._handing

    def end(self) -> None:
        """Counts the last one, after whom nobody asked for more."""
        self._handing.close()

    def _hand(self) -> Generator[str, None, None]:
        for user in self._users:
            try:
                yield user
            finally:
                self.read.append(user)  # not before: Ctrl-C may strike in between


@attrs.define
class Ran:
    """What came out of a run."""

    results: list[UserResult] = attrs.field(factory=list)
    duplicates: list[str] = attrs.field(factory=list)
    """User IDs that the run says to have come again."""
    reason: PinpointUsersError | None = None
    """Why it ended early, if it did."""
    raised: BaseException | None = None
    """What was raised out of it, apart from its own errors."""

    @property
    def has_ended_early(self) -> bool:
        return self.reason is not None or self.raised is not None


def run(pinpoint: PinpointUsers, users: Iterable[Any], *, door: Door = "send", **how: Any) -> Ran:
    """Sends, by a door, and gives all that came out, however the run ended."""
    if door == "stream":
        return taken(pinpoint.stream(MESSAGE, users, **how))
    with _kept(Ran()) as ran:
        report = pinpoint.send(MESSAGE, users, **how)
        ran.results, ran.duplicates = list(report.users.values()), list(report.duplicates)
    return ran


def taken(stream: ResultStream, ran: Ran | None = None, *, seen: Callable[[Ran], object] = lambda _ran: None) -> Ran:
    """Takes the results of a stream as they come, and all that comes out, however the run ends.

    Args:
        stream: The stream.
        ran: What came out so far.
        seen: Called after each result.
    """
    with _kept(Ran() if ran is None else ran) as kept:
        take(stream, kept, seen)
    return kept


def take(stream: ResultStream, ran: Ran, seen: Callable[[Ran], object] = lambda _ran: None) -> None:
    """Takes the results of a stream as they come; Ctrl-C may strike anywhere here."""
    for result in stream:
        ran.results.append(result)
        seen(ran)
    ran.duplicates = list(stream.duplicates)


@contextlib.contextmanager
def _kept(ran: Ran) -> Iterator[Ran]:
    """Keeps what is raised, and the report that comes with it."""
    try:
        yield ran
    except RunStoppedError as error:
        _keep(ran, error)
    except RunInterrupted as error:
        ran.raised = error
        ran.results, ran.duplicates = list(error.report.users.values()), list(error.report.duplicates)
    except BaseException as error:  # noqa: BLE001 - whatever the caller's iterator raises
        ran.raised = error
        if isinstance(error.__cause__, RunStoppedError):
            _keep(ran, error.__cause__)


def _keep(ran: Ran, error: RunStoppedError) -> None:
    ran.reason = error.reason
    ran.results += error.report.users.values()
    ran.duplicates = list(error.report.duplicates)
