"""Everything that a run can be told and can meet, by chance: many small audiences, each with one to five runs after another.

A life is what becomes of one audience: runs with one journal, each with a policy of its own and a way to end of its own, or a
single run without a journal. The receiver is in the same process and its time is virtual.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

import attrs
from faults.answers import leave_out_users, name_other_users
from faults.receiver import VirtualReceiver
from faults.scene import Handed, Ran, Scene, run, taken
from faults.tally import OnUnknown, Tally
from faults.ways import MESSAGE, Way

from pinpoint_users import (
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    DeadlineExceededError,
    DeliveryStatus,
    Journal,
    Outcome,
    PinpointUsers,
    ReadTimeoutError,
    RequestError,
    RetryPolicy,
    StalledError,
    StoppedError,
    UserResult,
    UsersError,
)
from pinpoint_users._transport.base import answer_error

End = Literal["itself", "kill", "refusal", "iterator", "close", "stream-closed", "deadline"]

STOPS = (ConfigurationError, DeadlineExceededError, StalledError, StoppedError, UsersError)
"""The reasons for which a run may end early here."""
RUNS = 220
"""How many runs there are at least."""
RETRIED = tuple(status for status in DeliveryStatus if status is not DeliveryStatus.SUCCESSFUL)
UNDELIVERED = ("THROTTLED", "THROTTLED", "TEMPORARY_FAILURE", "PERMANENT_FAILURE", "UNKNOWN_FAILURE", "OPT_OUT")
NOBODY_KNOWS = ("TIMEOUT", "QUEUED", "successful", "")
UNREADABLE = (b"", b"{", b"[]", b"null", b"<html>", b'{"Result": 5}')


class ChaoticReceiver(VirtualReceiver):
    """Meets each request by chance. Once it is dead, nothing reaches it any more.

    Args:
        random: Where chance comes from.
        way: How users are looked up and messages go out.
    """

    def __init__(self, random: Random, way: Way) -> None:
        super().__init__(random, way)
        self.share = 0.0
        """The share of requests, and of endpoints, that something happens to."""
        self.stops_at = 0
        """The number of the request that meets an end, or 0."""
        self.stop: Callable[[], object] = lambda: None
        self.refuses = False
        """Whether the end is a refusal, which comes before anything is delivered."""
        self.is_dead = False

    def meet(self, operation: Any, request: dict[str, Any]) -> bytes:
        stop = self.stop if self.requests == self.stops_at else lambda: None
        first, then = (stop, lambda: None) if self.refuses or self.random.random() < 0.5 else (lambda: None, stop)
        first()
        if self.is_dead:
            raise ConfigurationError("the process was killed; nothing was sent")
        try:
            return super().meet(operation, request) if self.random.random() >= self.share else self._mishap(operation, request)
        finally:
            then()

    def _mishap(self, operation: Any, request: dict[str, Any]) -> bytes:
        self.odd += 1
        kinds: list[Callable[[], RequestError]] = [
            lambda: answer_error(operation, 429, retry_after=self.random.choice([None, 0.0, 1.5])),
            lambda: answer_error(operation, 413),
            lambda: ConnectionFailedError("no connection; nothing was sent"),
        ]
        perhaps_sent: list[Callable[[], RequestError]] = [
            lambda: answer_error(operation, self.random.choice([500, 503, 408])),
            lambda: ConnectionLostError("the connection broke"),
            lambda: ReadTimeoutError("no answer in time"),
        ]
        number = self.random.randrange(7)
        if number < 3:
            refused = kinds[number]()
            raise refused
        if self.random.random() < 0.5:
            answer = self.carry_out(operation, request)
            if number == 6:
                return self._garbled(answer)
        error = perhaps_sent[number % 3]()
        raise error

    def _garbled(self, answer: dict[str, Any]) -> bytes:
        """An answer that can't be read, or lacks users, or has others.

        Entries of bulk e-mail are known by their places alone: nobody can tell that one was left out where another was added.
        """
        leave_out_users(self.random, answer)
        if self.random.random() < 0.3 and "BulkEmailEntryResults" not in answer:
            name_other_users(self.random, answer)
        return self.random.choice([json.dumps(answer).encode(), *UNREADABLE[: self.random.randint(0, len(UNREADABLE))]])

    def deliver(self, endpoint_ids: list[str]) -> dict[str, Any]:
        results = {}
        for number, endpoint_id in enumerate(endpoint_ids):
            status, is_delivered = "SUCCESSFUL", True
            if self.random.random() < self.share / 2:
                self.odd += 1
                status, is_delivered = self.random.choice(UNDELIVERED), False
                if self.random.random() < 0.2:
                    status, is_delivered = self.random.choice(NOBODY_KNOWS), self.random.random() < 0.5
                elif number and self.random.random() < 0.2 and results[endpoint_ids[0]]["DeliveryStatus"] == "SUCCESSFUL":
                    status = "DUPLICATE"
            results[endpoint_id] = self.result(endpoint_id, status, is_delivered=is_delivered)
        return results


@attrs.define
class Life:
    """One audience, and its runs one after another."""

    scene: Scene
    random: Random
    users: Sequence[str]
    receiver: ChaoticReceiver
    path: Path | None
    """Where the journal is, if there is one."""
    on_unknown: OnUnknown
    """Whether all runs send at most once, or most of them at least once."""
    resends: bool = False
    """Whether a run sent again what may have been sent."""
    was_successful: set[str] = attrs.field(factory=set)
    """Users of whom a run has said so."""
    kept: bytes = b""
    """The journal, as it was when the process was killed."""
    read: list[str] = attrs.field(factory=list)
    """The users that were read of an iterator that raises."""
    handed_out: list[Any] = attrs.field(factory=list)
    """What had come out when the process was killed."""

    def run(self, *, is_last: bool) -> Tally:
        """One run, and what there is to say after it."""
        end: End = "itself" if is_last else self.random.choice(get_args(End))
        if self.path is None and end == "kill":
            end = "close"
        handed_in = self._handed_in()
        ran = self._ran(end, handed_in)
        if end == "kill" and self.receiver.is_dead:
            assert self.path is not None
            self.path.write_bytes(self.kept)
            self.receiver.is_dead = False
            self._note(self.handed_out)
            return Tally(runs=1)
        users = dict.fromkeys(self.read if end == "iterator" else handed_in)
        on_unknown: OnUnknown = "resend" if self.resends else "report"
        tally = self.scene.counted(list(users), ran, self._got_of(users), on_unknown=on_unknown, is_complete=False)
        tally.lost += not ran.has_ended_early and Counter(handed_in) - Counter(list(users)) != Counter(ran.duplicates)
        tally.wrong += self._note(ran.results)
        tally.wrong += end == "iterator" and ran.reason is None  # that not all could be read must be told
        tally.wrong += not (ran.reason is None or isinstance(ran.reason, STOPS)) or ran.raised is not None
        return tally

    def _note(self, results: list[UserResult]) -> int:
        """Keeps who was successful; how many of those who were are so no more. DUPLICATE may go again, so that isn't kept."""
        now = {result.user_id for result in results if result.outcome is Outcome.SUCCESSFUL}
        gone = {result.user_id for result in results} & self.was_successful - now
        self.was_successful |= {result.user_id for result in results if result.user_id in now and _is_done(result)}
        return len(gone)

    def _got_of(self, users: Any) -> Counter[str | None]:
        """What endpoints got, without those users of whom an earlier run was told but not this one."""
        return Counter({each: count for each, count in self.receiver.got.items() if each and each.rsplit("-", 1)[0] in users})

    def _handed_in(self) -> list[str]:
        users = list(self.users)
        if self.random.random() < 0.3:
            self.random.shuffle(users)
        for user in self.random.sample(users, self.random.choice([0, 0, 1, len(users) // 3])):
            users.insert(self.random.randint(0, len(users)), user)
        return users

    def _policy(self) -> RetryPolicy:
        at_least_once = self.on_unknown == "resend" and self.random.random() < 0.8
        on_unknown: OnUnknown = "resend" if at_least_once else "report"
        self.resends = self.resends or on_unknown == "resend"
        return RetryPolicy(
            on_unknown=on_unknown,
            scope=self.random.choice(["endpoint", "user"]),
            max_attempts=self.random.choice([1, 2, 3, 5, 10]),
            base_delay=self.random.choice([0.0, 0.2]),
            retry_statuses=frozenset(["THROTTLED", *self.random.sample(RETRIED, self.random.randint(0, 3))]),
        )

    def _ran(self, end: End, handed_in: list[str]) -> Ran:
        receiver, random, ran = self.receiver, self.random, Ran()
        client = self.scene.client(
            receiver,
            retry=self._policy(),
            concurrency=random.choice([1, 1, 2, 8]),
            requests_per_second=random.choice([None, None, 20.0]),
        )
        receiver.share = random.choice([0.0, 0.1, 0.3, 0.6])
        receiver.stops_at = receiver.requests + random.randint(1, 8) if end in {"kill", "refusal", "close"} else 0
        receiver.refuses = end == "refusal"
        receiver.stop = {"kill": lambda: self._kill(ran), "close": lambda: _in_background(client.close)}.get(end, _refuse)
        how: dict[str, Any] = {"journal": Journal(self.path)} if self.path is not None else {}
        if end == "deadline":
            how["deadline"] = random.choice([0.001, 0.3, 2.0])
        users: Any = handed_in
        if end == "iterator":
            handed = Handed(handed_in[: random.randint(0, len(handed_in))])
            users, self.read = _raising(handed), handed.read
        if end not in {"kill", "stream-closed"} and random.random() < 0.5:
            ran = run(client, users, **how)
        else:
            unique = self.path is None or random.random() < 0.3
            if end in {"kill", "stream-closed"}:
                ran = self._streamed(
                    client, users, ran, last=random.randint(0, len(handed_in)) if end != "kill" else -1, unique=unique, **how
                )
            else:
                ran = run(client, users, door="stream", unique=unique, **how)
        client.close()
        receiver.settle()
        return ran

    def _streamed(self, client: PinpointUsers, users: Any, ran: Ran, *, last: int, **how: Any) -> Ran:
        """A stream that is closed after so many results; never, if that is negative."""
        stream = client.stream(MESSAGE, users, **how)

        def close_after(_ran: Ran) -> None:
            if len(ran.results) == last:
                stream.close()

        if last == 0:
            stream.close()
        return taken(stream, ran, seen=close_after)

    def _kill(self, ran: Ran) -> None:
        """Keeps what a killed process leaves behind; whatever this one still does is nothing to anybody."""
        assert self.path is not None
        self.handed_out = list(ran.results)
        self.kept = self.path.read_bytes()
        self.receiver.is_dead = True


def _is_done(result: UserResult) -> bool:
    return all(each.delivery_status is DeliveryStatus.SUCCESSFUL for each in result.endpoints.values())


def _refuse() -> None:
    raise answer_error("SendUsersMessages", 403)


def _in_background(close: Callable[[], None]) -> None:
    threading.Thread(target=close, daemon=True).start()


def _raising(users: Iterable[str]) -> Iterator[str]:
    yield from users
    raise ValueError("no more users can be read")


def play(scene: Scene) -> Tally:
    """Many lives."""
    total, runs = Tally(), scene.times(RUNS)
    with tempfile.TemporaryDirectory() as directory:
        number = 0
        while total.runs < runs:
            number += 1
            random = scene.random
            users = [f"c{number}-{user}" for user in scene.users[: random.choice([1, 3, 20, 110, 250])]]
            path = Path(directory) / f"{number}" if random.random() < 0.75 else None
            life = Life(scene, random, users, ChaoticReceiver(Random(random.random()), scene.way), path, scene.on_unknown)
            count = random.randint(1, 5) if path is not None else 1
            for each in range(count):
                total.add(life.run(is_last=each == count - 1 and random.random() < 0.7))
            total.met += life.receiver.odd
    return total
