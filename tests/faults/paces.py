"""Runs that are held back: a quota that falls and rises, and repeated IDs meanwhile."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from faults.receiver import VirtualReceiver
from faults.scene import Scene, run
from faults.tally import Tally

from pinpoint_users import Journal, ThrottledError

QUOTAS = (1.0, 5.0, 50.0, 500.0)
"""Requests a second."""


def play_quota(scene: Scene) -> Tally:
    """A quota that falls and rises while users are read, in virtual time."""
    random, local = scene.random, scene.stage.local
    places = {random.randrange(len(scene.users)) for _ in range(6)}

    def users() -> Iterator[str]:
        for number, user in enumerate(scene.users):
            if number == 0 or number in places:
                requests = random.choice(QUOTAS)
                local.limit_rate(requests, endpoints_per_second=random.choice([None, None, 150 * requests]))
            yield user

    try:
        with local.client(retry=scene.policy(max_attempts=20, base_delay=0.2, max_delay=20.0), concurrency=8) as pinpoint:
            ran = run(pinpoint, users(), door=scene.door)
        refused = local.requests.get(429, 0)
    finally:
        local.limit_rate(None)
    tally = scene.counted(scene.users, ran, scene.stage.got())
    tally.wrong += ran.has_ended_early
    tally.met = refused + sum(result.attempts > 1 for result in ran.results)
    return tally


class _Throttling(VirtualReceiver):
    """Refuses some requests, so that the pace is slower still."""

    def meet(self, operation: Any, request: dict[str, Any]) -> bytes:
        if self.random.random() < 0.3:
            self.odd += 1
            raise ThrottledError("too many requests", status_code=429)
        return super().meet(operation, request)


def play_repeated(scene: Scene) -> Tally:
    """IDs that come again, near and far, while the pace holds requests back: in `send`, with a journal, with `unique=True`."""
    random, receiver = scene.random, _Throttling(Random(scene.random.random()), scene.way)
    users = list(scene.users)
    for user in random.sample(scene.users, len(scene.users) // 3):
        for _ in range(random.randint(1, 3)):
            users.insert(random.randint(0, len(users)), user)
    handed_in: Iterable[str] = users if random.random() < 0.5 else iter(users)
    kind = random.choice(["send", "send with a journal", "stream with a journal", "unique", "unique with a journal"])
    pinpoint = scene.client(
        receiver,
        retry=scene.policy(max_attempts=50),
        requests_per_second=random.choice([0.5, 5.0, 50.0]),
    )
    with tempfile.TemporaryDirectory() as directory, pinpoint:
        how: dict[str, Any] = {"journal": Journal(Path(directory) / "run.db")} if "journal" in kind else {}
        if "send" not in kind:
            how |= {"door": "stream", "unique": "unique" in kind}
        ran = run(pinpoint, handed_in, **how)
    tally = scene.counted(scene.users, ran, receiver.got)
    tally.lost += Counter(users) - Counter(scene.users) != Counter(ran.duplicates)
    tally.wrong += ran.has_ended_early
    tally.met = len(ran.duplicates) and receiver.odd
    return tally
