"""Runs that end before their users do, or whose users end badly: close, deadline, iterators that raise, Ctrl-C."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from random import Random
from types import FrameType
from typing import Any

from faults.receiver import Receiver, VirtualReceiver
from faults.scene import Handed, HandedToOneThread, Ran, Scene, run, take, taken
from faults.tally import Tally
from faults.ways import MESSAGE, Way
from typing_extensions import Self

from pinpoint_users import (
    DeadlineExceededError,
    ReadTimeoutError,
    RunInterrupted,
    StoppedError,
    UsersError,
    ValidationError,
)

PATIENCE = 20.0
"""Seconds after which a run is taken to hang."""
ROUNDS = 10
"""Runs in which Ctrl-C strikes."""
_AGAIN = 1.0
"""Seconds after which Ctrl-C strikes again where it wasn't taken: until it is, CPython 3.11 runs no other thread if lines
are counted."""
_STEP = 0.01
"""Seconds."""
GRACE = 0.5
"""Seconds after its end in which a request, decided on before it, may come to the receiver of a busy machine."""


def play_close(scene: Scene) -> Tally:
    """`close()` from another thread, in the middle of a run over HTTP."""
    stage, random = scene.stage, scene.random
    handed = Handed(scene.users)
    is_list = random.random() < 0.5
    pinpoint = stage.client(scene.policy(), concurrency=scene.concurrency, timeout=30.0)
    closer = threading.Thread(target=pinpoint.close, daemon=True)

    def close(answer: dict[str, Any]) -> object:
        closer.start()
        return answer

    stage.local.pass_next(times=random.randint(0, len(scene.users) // 200))
    stage.alter(close)
    ran = run(pinpoint, scene.users if is_list else handed, door=scene.door)
    closer.join(PATIENCE)
    stage.settle()
    tally = scene.counted(scene.users if is_list else handed.read, ran, stage.got(), is_complete=False)
    tally.wrong += closer.is_alive() or not isinstance(ran.reason, (StoppedError, type(None)))
    tally.met = stage.altered
    return tally


class _Slow(Receiver):
    """Answers after a while, sometimes after a long one, and says when requests came.

    Args:
        random: Where chance comes from.
        way: How users are looked up and messages go out.
        long: The long while, in seconds.
    """

    def __init__(self, random: Random, way: Way, *, long: float) -> None:
        super().__init__(random, way)
        self._long = long
        self.came: list[float] = []
        self.over = threading.Event()
        self.before = self._wait

    def _wait(self, _number: int) -> None:
        self.came.append(time.monotonic())
        if self.random.random() < 0.1:
            self.odd += 1
            self.over.wait(self._long)
        time.sleep(self.random.uniform(0.001, 0.02))
        if self.random.random() < 0.1:
            self.odd += 1
            raise ReadTimeoutError("no answer in time; the message may have been sent")


class _Lateness:
    """How much later than it asked for a thread went on that sleeps again and again, in all: what a busy machine takes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sleep, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _sleep(self) -> None:
        while not self._over.is_set():
            until = time.monotonic() + _STEP
            self._over.wait(_STEP)
            self.seconds += max(0.0, time.monotonic() - until)


def play_deadline(scene: Scene) -> Tally:
    """A deadline, and users who come slowly, without end, or not at all for a while."""
    random, kind = scene.random, scene.random.choice(["slow", "endless", "stuck"])
    receiver, ends = _Slow(Random(random.random()), scene.way, long=PATIENCE), threading.Event()
    seconds = random.uniform(0.1, 0.4)
    names = (f"d-{number}" for number in itertools.count())

    def users() -> Iterator[str]:
        for number, user in enumerate(names):
            if kind == "slow":
                time.sleep(random.uniform(0.0, 0.004))
            elif kind == "stuck" and number == 150:
                ends.wait(seconds + 2 * GRACE)
            if time.monotonic() > began + PATIENCE:
                return  # that it is read on for so long is told below
            yield user

    handed = Handed(users())
    pinpoint = scene.client(receiver)
    began = time.monotonic()
    with _Lateness() as lateness:
        ran = run(pinpoint, handed, door=scene.door, deadline=seconds, max_wait=0.05)
        ended = time.monotonic()
    receiver.over.set()
    pinpoint.close()
    receiver.settle()
    tally = scene.counted(handed.read, ran, receiver.got, is_complete=False)
    late = began + seconds + lateness.seconds
    tally.wrong += sum(came > late + GRACE for came in receiver.came)
    tally.wrong += ended > late + 6 * GRACE or not isinstance(ran.reason, DeadlineExceededError)
    tally.met = receiver.odd + ran.has_ended_early
    return tally


def play_raising(scene: Scene) -> Tally:
    """Users whose iterator raises, or has something among them that is no user."""
    random = scene.random
    receiver = VirtualReceiver(Random(random.random()), scene.way)
    after = random.randint(0, len(scene.users) - 1)
    kind = random.choice(["error", "exit", "other", "interrupt", "no user"])

    def users() -> Iterator[Any]:
        yield from handed
        if kind == "no user":
            yield 5
            return
        raise {"exit": SystemExit(3), "other": BaseException("no more"), "interrupt": KeyboardInterrupt()}.get(kind, OSError())

    handed = Handed(scene.users[:after])
    pinpoint = scene.client(receiver)
    door = scene.door
    with pinpoint:
        if door == "stream":
            stream = pinpoint.stream(MESSAGE, users())
            ran = taken(stream, taken(stream))  # it may be iterated on
        else:
            ran = run(pinpoint, users())
    tally = scene.counted(handed.read, ran, receiver.got, is_complete=False)
    expected = {"error": UsersError, "no user": ValidationError, "exit": UsersError, "other": UsersError}.get(kind, type(None))
    tally.wrong += not isinstance(ran.reason, expected)
    raised = {"exit": SystemExit, "other": BaseException}.get(kind, KeyboardInterrupt if door == "send" else type(None))
    tally.wrong += kind in {"exit", "other", "interrupt"} and not isinstance(ran.raised, raised)
    tally.met = 1
    return tally


def play_ctrl_c_in_a_stream(scene: Scene) -> Tally:
    """Ctrl-C at any moment of reading a stream, again and again; it is iterated on each time."""
    total = Tally()
    for _ in range(scene.times(ROUNDS)):
        random, receiver = scene.random, VirtualReceiver(Random(scene.random.random()), scene.way)
        pinpoint = scene.client(receiver)
        users: Iterable[str] = scene.users if random.random() < 0.5 else iter(scene.users)
        with pinpoint, _Strikes(random, 15, within=0.01) as strikes:
            stream, ran, is_over = pinpoint.stream(MESSAGE, users, unique=random.random() < 0.5), Ran(), False
            while not is_over:
                with contextlib.suppress(KeyboardInterrupt):
                    strikes.set()
                    take(stream, ran)
                    is_over = True
                    strikes.stop()
        total.add(scene.counted(scene.users, ran, receiver.got))
        total.met += strikes.struck
    return total


def play_ctrl_c_in_send(scene: Scene) -> Tally:
    """Ctrl-C at any moment of `send` with an iterator, once or twice."""
    total = Tally()
    for _ in range(scene.times(ROUNDS)):
        random, receiver, handed, report = (
            scene.random,
            _Slow(Random(scene.random.random()), scene.way, long=0.1),
            HandedToOneThread(scene.users),
            None,
        )
        pinpoint = scene.client(receiver)
        with _Strikes(random, random.choice([1, 2]), within=0.05, by_themselves=True) as strikes:
            with contextlib.suppress(KeyboardInterrupt):
                try:
                    strikes.set()
                    report = pinpoint.send(MESSAGE, handed)
                except RunInterrupted as error:
                    report = error.report
            strikes.stop()
        receiver.over.set()
        pinpoint.close()
        receiver.settle()
        handed.end()
        ran = Ran([] if report is None else list(report.users.values()))
        total.add(scene.counted(handed.read, ran, receiver.got, is_complete=False))
        total.met += strikes.struck
    return total


class _Strikes:
    """KeyboardInterrupt in the main thread at random moments, so many times at most.

    Args:
        random: Where chance comes from.
        times: How often.
        within: The most seconds until the next one.
        by_themselves: Whether each is followed by the next one, else by `set`; those that come outside of `send` are lost then.
    """

    def __init__(self, random: Random, times: int, *, within: float, by_themselves: bool = False) -> None:
        self._within = within
        self._by_themselves = by_themselves
        self._random = random
        self._left = times
        self.struck = 0

    def __enter__(self) -> Self:
        self._handler = signal.signal(signal.SIGALRM, self._strike)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()
        signal.signal(signal.SIGALRM, signal.SIG_IGN)  # of one that waits to be taken, none is left
        signal.signal(signal.SIGALRM, self._handler)

    def set(self) -> None:
        """The next one comes soon."""
        if self._left:
            soon = self._random.uniform(0.0002, self._random.uniform(0.0003, self._within))
            signal.setitimer(signal.ITIMER_REAL, soon, _AGAIN)

    def stop(self) -> None:
        """No more come."""
        self._left = 0
        signal.setitimer(signal.ITIMER_REAL, 0)

    def _strike(self, _signal: int, frame: FrameType | None) -> None:
        if not self._left or (self._by_themselves and not _is_in_send(frame)):
            return
        self._left -= 1
        self.struck += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        if self._by_themselves:
            self.set()
        raise KeyboardInterrupt


def _is_in_send(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_name != "send":
        frame = frame.f_back
    return frame is not None
