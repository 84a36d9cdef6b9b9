"""Journals that are copied and moved, statuses that nobody knows over two runs, and a process that forks in mid-life."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from faults.receiver import VirtualReceiver
from faults.scene import Ran, Scene, run
from faults.tally import ATTEMPTS, OnUnknown, Tally
from faults.ways import Way

from pinpoint_users import ConfigurationError, Journal, JournalError, PinpointUsers, UserResult

TESTS = Path(__file__).parents[1]
PATIENCE = 300.0
"""Seconds that a process may take."""


class Machine(VirtualReceiver):
    """A receiver that does something at a request, and after which, if it is said to, nothing reaches it any more."""

    def __init__(self, random: Random, way: Way, path: Path) -> None:
        super().__init__(random, way)
        self.path = path
        self.acts_at = 0
        self.is_dead = False
        self.has_acted = False

    def act(self) -> None:
        """What is done at that request."""

    def meet(self, operation: Any, request: dict[str, Any]) -> bytes:
        is_before = self.random.random() < 0.5
        if is_before:
            self._act_in_time()
        if self.is_dead:
            raise ConfigurationError("the process was killed; nothing was sent")
        answer = super().meet(operation, request)
        if not is_before:
            self._act_in_time()
        return answer

    def _act_in_time(self) -> None:
        if self.requests >= self.acts_at and not self.has_acted:
            self.has_acted = True
            self.act()


class _Copied(Machine):
    """The journal is copied in mid-run, and the machine is gone at that moment."""

    copy = b""

    def act(self) -> None:
        self.copy = self.path.read_bytes()
        self.is_dead = True


class _Moved(Machine):
    """The journal gets another name in mid-run."""

    def act(self) -> None:
        self.path.rename(self.path.with_name("moved"))


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


def _is_whole(journal: bytes) -> bool:
    try:
        gzip.decompress(journal)
    except (EOFError, gzip.BadGzipFile):  # in a block, or in the first two bytes of one
        return False
    return True


def play_copied(scene: Scene) -> Tally:
    """A run ends with its machine, and a copy of its journal, made in mid-run, is gone on with; one that is cut off isn't."""
    random = scene.random
    with _folder() as folder:
        receiver = _Copied(Random(random.random()), scene.way, folder / "run.db")
        receiver.acts_at = random.randint(1, len(scene.users) // 100)
        with scene.client(receiver) as pinpoint:
            run(pinpoint, scene.users, door=scene.door, journal=Journal(receiver.path))
        receiver.is_dead = False
        copy, wrong = folder / "copy.db", 0
        kept = receiver.copy
        while _is_whole(kept):
            kept = kept[: random.randint(1, len(kept) - 1)]
        for bad in (kept, receiver.copy[:-1]):
            copy.write_bytes(bad)
            requests = receiver.requests
            with scene.client(receiver) as pinpoint:
                wrong += not isinstance(_refusal(pinpoint, scene, copy), JournalError) or receiver.requests != requests
        copy.write_bytes(receiver.copy)
        if not _is_whole(receiver.copy):  # it was copied in the middle of a write; the original is as a kill leaves it
            receiver.path.write_bytes(receiver.copy)
            copy = receiver.path
        with scene.client(receiver) as pinpoint:
            ran = run(pinpoint, scene.users, door=scene.door, journal=Journal(copy))
    tally = scene.counted(scene.users, ran, receiver.got)
    tally.wrong += wrong + ran.has_ended_early
    tally.met = receiver.has_acted
    return tally


def _refusal(pinpoint: PinpointUsers, scene: Scene, path: Path) -> BaseException | None:
    """What a run with that journal raises; only an error of the journal itself will do."""
    return run(pinpoint, scene.users, journal=Journal(path)).raised


def play_moved(scene: Scene) -> Tally:
    """A journal is moved in mid-run, so that the run stops, and gone on with where it is now."""
    random = scene.random
    with _folder() as folder:
        receiver = _Moved(Random(random.random()), scene.way, folder / "run.db")
        receiver.acts_at = random.randint(1, len(scene.users) // 100)
        with scene.client(receiver) as pinpoint:
            first = run(pinpoint, scene.users, door=scene.door, journal=Journal(receiver.path))
        tally = scene.counted(scene.users, first, receiver.got, is_complete=False)
        first_wrong = tally.wrong + (first.has_ended_early and not isinstance(first.reason, JournalError))
        first_lost, met = tally.lost, first.has_ended_early
        place = folder / "moved"
        if random.random() < 0.5:
            place = place.rename(folder / "run.db")  # it is put back
        with scene.client(receiver) as pinpoint:
            ran = run(pinpoint, scene.users, door=scene.door, journal=Journal(place))
    tally = scene.counted(scene.users, ran, receiver.got)
    tally.wrong += first_wrong + ran.has_ended_early
    tally.lost += first_lost
    tally.met = met
    return tally


class _Evasive(VirtualReceiver):
    """Some endpoints get statuses that nobody knows, the message delivered there or not; later, those fail."""

    share, other = 0.3, "PERMANENT_FAILURE"

    def deliver(self, endpoint_ids: list[str]) -> dict[str, Any]:
        results = {}
        for endpoint_id in endpoint_ids:
            if self.random.random() >= self.share:
                results[endpoint_id] = self.result(endpoint_id, "SUCCESSFUL", is_delivered=True)
                continue
            self.odd += 1
            is_unknown = self.random.random() < 0.6
            status = self.random.choice(["QUEUED", "TIMEOUT", "successful", ""]) if is_unknown else self.other
            results[endpoint_id] = self.result(endpoint_id, status, is_delivered=is_unknown and self.random.random() < 0.7)
        return results


def play_unknown_statuses(scene: Scene) -> Tally:
    """Statuses that nobody knows, over two runs with a journal, each at most once or at least once."""
    random, receiver = scene.random, _Evasive(Random(scene.random.random()), scene.way)
    policies: list[OnUnknown] = [scene.on_unknown, scene.on_unknown]
    policies[random.randrange(2)] = random.choice(["report", scene.on_unknown])
    total, resends = Tally(), False
    with _folder() as folder:
        for on_unknown in policies:
            resends = resends or on_unknown == "resend"
            retry = scene.policy(on_unknown=on_unknown, max_attempts=random.choice([1, 2, 5]))
            with scene.client(receiver, retry=retry) as pinpoint:
                ran = run(pinpoint, scene.users, door=scene.door, journal=Journal(folder / "run.db"))
            tally = scene.counted(
                scene.users, ran, receiver.got, on_unknown="resend" if resends else "report", is_complete=False
            )
            tally.wrong += ran.has_ended_early
            total.add(tally)
    total.runs, total.met = len(policies), receiver.odd
    return total


# --- forks


def play_fork(scene: Scene) -> Tally:
    """A process forks in the middle of a stream; both go on with the client, each with a journal of its own."""
    stage = scene.stage
    third = len(scene.users) // 3
    with tempfile.TemporaryDirectory() as directory:
        orders = {
            "url": stage.server.url,
            "way": scene.way.name,
            "application_id": stage.local.application_id,
            "directory": directory,
            "shared": scene.users[:third],
            "parent": scene.users[third : 2 * third],
            "child": scene.users[2 * third :],
            "fork_after": scene.random.randint(0, third),
            "policy": {
                "on_unknown": scene.on_unknown,
                "max_attempts": ATTEMPTS["resend"],
                "base_delay": 0.01,
                "max_delay": 0.05,
            },
            "concurrency": scene.concurrency,
        }
        _mishaps(scene)
        program = [sys.executable, "-W", "ignore", str(TESTS / "faults" / "forker.py"), json.dumps(orders)]
        path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
        done = subprocess.run(
            program, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        if done.returncode:
            raise RuntimeError(f"a process that forked failed: {done.stderr}")
        results: list[UserResult] = []
        for name in ("parent", "child"):
            results += pickle.loads(Path(directory, f"{name}.results").read_bytes())
    stage.settle()
    tally = scene.counted(scene.users, Ran(results), stage.got())
    tally.met = 1 + sum(result.attempts > 1 for result in results)
    return tally


def _mishaps(scene: Scene) -> None:
    """Connections that break now and then, and requests that come too fast."""
    for _ in range(len(scene.users) // 100):
        scene.stage.local.pass_next(times=scene.random.randint(0, 3))
        if scene.random.random() < 0.5:
            scene.stage.local.drop_next(accept=scene.random.random() < 0.5)
        else:
            scene.stage.local.fail_next(429)
