"""A sender with a journal is killed with SIGKILL again and again and run again each time, until all users have come out.

    python tests/faults/kill_and_resume.py --users 100000 --kills 50 --seed 1

prints two rows of the fault table: sending at most once, and at least once. It counts at the receiver, an embedded Pinpoint
behind HTTP, or with `--way addresses` and `--way singles` a stub of all services, in which a few endpoints are throttled at
first. The moments come from the seed: so many requests after the sender began, or, for some, after so many seconds if that
comes before, which may be before its first request.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from random import Random
from typing import get_args

import attrs

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))  # for when this is run as a script

from faults.sender import Orders  # noqa: E402 - as above
from faults.stage import Stage  # noqa: E402 - as above
from faults.tally import OnUnknown, Tally, counted  # noqa: E402 - as above
from faults.ways import LOOK_UP, WAYS, Directory  # noqa: E402 - as above

from pinpoint_users import EndpointUser, Outcome, UserResult  # noqa: E402 - as above
from pinpoint_users.directory import SQLiteDirectory  # noqa: E402 - as above

SENDER = TESTS / "faults" / "sender.py"

THROTTLED = 0.01
"""The share of the endpoints that are throttled at first, so that requests for single endpoints are killed too."""
BY_TIME, AT_MOST = 0.2, 1.0
"""The share of the kills that come after a time, and the longest such time in seconds."""
PATIENCE = 600.0
"""Seconds that a sender may take."""


@attrs.frozen(kw_only=True)
class Row:
    """What became of a run that was killed."""

    on_unknown: OnUnknown
    users: int
    kills: int
    tally: Tally
    duplicates: int
    """Endpoints that got the message twice; at least once allows it for users who are said to have maybe got it twice."""
    lost: int
    """Users who didn't come out exactly once in the last run; where messages go again, also endpoints that got nothing."""
    wrong: int
    """Users of whom the last run says something else than the receiver, or than an earlier run."""
    unknown: int
    """Users who came out UNKNOWN."""
    repeated: int
    """Endpoints that got the message more than once."""
    seconds: float

    @property
    def is_clean(self) -> bool:
        return not (self.duplicates or self.lost or self.wrong)

    def __str__(self) -> str:
        mode = {"report": "at most once", "resend": "at least once"}[self.on_unknown]
        return (
            f"| killed with SIGKILL {self.kills} times, {mode}, {self.users:,} users | {self.duplicates} | {self.lost} "
            f"| {self.wrong} | {self.unknown:,} users UNKNOWN, {self.repeated:,} endpoints got it again, {self.seconds:.0f} s |"
        )


def kill_and_resume(
    stage: Stage, *, kills: int, seed: int, on_unknown: OnUnknown, concurrency: int = 8, in_file: bool = False
) -> Row:
    """Sends to all users of a stage, with so many kills in between.

    Args:
        stage: The stage.
        kills: How often the sender is killed; less often if all users are done before.
        seed: Where chance comes from.
        on_unknown: The policy.
        concurrency: Requests at a time.
        in_file: Whether users are looked up in a file of SQLite, of those that a directory has.

    Raises:
        RuntimeError: A sender failed by itself, or hung.
    """
    random = Random(f"{seed} {on_unknown}")
    began = time.monotonic()
    stage.clear()
    stage.local.throttle(share=THROTTLED, times=1)
    said: dict[str, str] = {}
    killed = 0
    with tempfile.TemporaryDirectory() as directory:
        orders = Orders(
            url=stage.server.url,
            application_id=stage.local.application_id,
            way=stage.way.name,
            directory=_file(stage, f"{directory}/users.db") if in_file else None,
            journal=f"{directory}/run.db",
            users=len(stage.users),
            on_unknown=on_unknown,
            concurrency=concurrency,
            said=f"{directory}/said",
            results=f"{directory}/results",
        )
        # Each kill also ends the requests that are out; there must be some left for the last one.
        most = 1.5 * max(0.0, stage.requests / kills - concurrency)
        for _ in range(kills):
            seconds = random.uniform(0.0, AT_MOST) if random.random() < BY_TIME else PATIENCE
            has_come = _after(seconds, stage, round(random.uniform(0.0, most)))
            is_killed = _kill(start(orders), has_come, delay=random.uniform(0.0, 0.02))
            said |= said_by(orders)
            if not is_killed:
                break
            killed += 1
        _finish(start(orders))
        results: list[UserResult] = pickle.loads(Path(orders.results).read_bytes())
    stage.settle()
    got = stage.got()
    tally = counted(stage.users, results, got, on_unknown, is_complete=True, way=stage.way)
    tally.lost += unreached(stage, got) if on_unknown == "resend" else 0
    tally.wrong += contradictions(results, said)
    tally.met = killed
    return Row(
        on_unknown=on_unknown,
        users=len(stage.users),
        kills=killed,
        tally=tally,
        duplicates=tally.duplicates,
        lost=tally.lost,
        wrong=tally.wrong,
        unknown=tally.outcomes[Outcome.UNKNOWN],
        repeated=sum(count > 1 for count in got.values()),
        seconds=time.monotonic() - began,
    )


def unreached(stage: Stage, got: Mapping[str | None, int]) -> int:
    """Endpoints that never got the message."""
    return sum(not got.get(endpoint_id) for user in stage.users for endpoint_id in stage.way.endpoints_of(user))


def _file(stage: Stage, path: str) -> str:
    """A file of SQLite with the endpoints of all users of a stage."""
    known = Directory(stage.way)
    with SQLiteDirectory(path) as directory:
        for start in range(0, len(stage.users), 1_000):
            found = known(stage.users[start : start + 1_000])
            directory.put(
                attrs.evolve(endpoint, user=EndpointUser(user_id=user_id))
                for user_id, endpoints in found.items()
                for endpoint in endpoints
            )
    return path


def start(orders: Orders) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, str(SENDER), json.dumps(attrs.asdict(orders))]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path})


def _after(seconds: float, stage: Stage, requests: int) -> Callable[[], bool]:
    """True after so many seconds, or once one more request than these has been answered."""
    end = time.monotonic() + seconds
    last = sum(stage.local.requests.values()) + requests
    return lambda: time.monotonic() >= end or sum(stage.local.requests.values()) > last


def _kill(sender: subprocess.Popen[str], has_come: Callable[[], bool], *, delay: float) -> bool:
    """Kills a sender so many seconds after the moment has come; False if it came to its end before."""
    end = time.monotonic() + PATIENCE
    while sender.poll() is None and not has_come() and time.monotonic() < end:
        time.sleep(0.001)
    time.sleep(delay)
    is_over = sender.poll() is not None
    sender.kill()
    _, errors = sender.communicate()
    if (is_over and sender.returncode) or time.monotonic() >= end:
        raise RuntimeError(f"the sender failed or hung before it was killed: {errors or sender.returncode}")
    return not is_over


def _finish(sender: subprocess.Popen[str]) -> None:
    """Lets a sender come to its end."""
    try:
        _, errors = sender.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        sender.kill()
        raise
    if sender.returncode:
        raise RuntimeError(f"the sender failed: {errors}")


def said_by(orders: Orders) -> dict[str, str]:
    """What a sender that was killed said of users who came out; its last line may be half a one."""
    said = Path(orders.said)
    lines = said.read_text().split("\n")[:-1] if said.exists() else []
    said.unlink(missing_ok=True)
    return dict(line.split(" ") for line in lines)


def contradictions(results: Collection[UserResult], said: Mapping[str, str]) -> int:
    """Users who came out of an earlier run otherwise than of the last one."""
    return sum(said.get(result.user_id, result.outcome) != result.outcome for result in results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--way", choices=WAYS, default=LOOK_UP.name)
    parser.add_argument("--in-file", action="store_true", help="look users up in a file of SQLite")
    options = parser.parse_args()
    rows = []
    with Stage(options.users, over_http=True, way=WAYS[options.way]) as stage:
        for on_unknown in get_args(OnUnknown):
            row = kill_and_resume(
                stage,
                kills=options.kills,
                seed=options.seed,
                on_unknown=on_unknown,
                concurrency=options.concurrency,
                in_file=options.in_file,
            )
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()
            rows.append(row)
    if not all(row.is_clean for row in rows):
        sys.exit(1)


if __name__ == "__main__":
    main()
