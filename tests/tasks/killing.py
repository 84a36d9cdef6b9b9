"""An audience goes out by four workers of Celery's, of which one is killed with SIGKILL again and again.

    python tests/tasks/killing.py --users 50000 --seconds 3 --seed 1

prints a row of a table, and writes it into docs/faults.md, as does `nox -s workers`. Every other time the whole worker is
killed, as when a machine is lost: its tasks come again when Redis takes it for lost. The other times it is the process of its
pool alone, whose task goes back at once. Another one takes its place. It counts at the receiver, an embedded Pinpoint behind
HTTP, which carries requests out at once and answers slowly.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import attrs
import redis
from celery.exceptions import TimeoutError as CeleryTimeoutError

TESTS = Path(__file__).parents[1]
sys.path.insert(0, str(TESTS))  # for when this is run as a script

from ends_with_us import ends_with_us  # noqa: E402 - as above
from faults.section import write  # noqa: E402 - as above
from faults.stage import Stage  # noqa: E402 - as above
from faults.tally import Tally, counted  # noqa: E402 - as above
from faults.ways import MESSAGE  # noqa: E402 - as above
from postgres_server import PostgresServer  # noqa: E402 - as above
from redis_server import RedisServer  # noqa: E402 - as above
from tasks.worker import Orders, shop  # noqa: E402 - as above

from pinpoint_users import Outcome  # noqa: E402 - as above
from pinpoint_users.celery import AudienceRun, PinpointTasks  # noqa: E402 - as above

HEADING = "\n## Celery's workers\n"
WORKERS = 4
LEASE = 30.0
_A_LOOK = 2.0
VISIBILITY_TIMEOUT = 10


@attrs.frozen(kw_only=True)
class Row:
    """What became of a run whose workers were killed."""

    users: int
    kills: int
    tally: Tally
    unknown: int
    seconds: float

    @property
    def is_clean(self) -> bool:
        return self.tally.is_clean

    def __str__(self) -> str:
        tally = self.tally
        numbers = [self.users, WORKERS, self.kills, tally.duplicates, tally.lost, tally.wrong, self.unknown]
        return "| " + " | ".join(f"{number:,}" for number in numbers) + f" | {self.seconds:.0f} s |"


class Workers:
    """Workers, each in a group of processes of its own.

    Args:
        orders: What they are told.
        log: Where they write.
        random: Which one is killed, and how.
    """

    def __init__(self, orders: Orders, log: Path, random: Random) -> None:
        self._orders = orders
        self._log = log
        self._random = random
        self._running = [self._start() for _ in range(WORKERS)]
        self.kills = 0

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
        command = [sys.executable, str(TESTS / "tasks" / "worker.py"), json.dumps(attrs.asdict(self._orders))]
        environment = {**os.environ, "PYTHONPATH": path, "C_FORCE_ROOT": "1"}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [*ends_with_us(), *command], stdout=log, stderr=log, env=environment, start_new_session=True
            )

    def kill_one(self) -> None:
        """Kills one: the worker as a whole, or the process that carries its task out."""
        place = self._random.randrange(WORKERS)
        worker = self._running[place]
        assert worker.poll() is None, self._log.read_text(encoding="utf-8")
        children = [] if self.kills % 2 == 0 else _children(worker.pid)
        self.kills += 1
        if children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(children), signal.SIGKILL)
        else:
            _kill(worker)
            self._running[place] = self._start()

    def end(self) -> None:
        for worker in self._running:
            _kill(worker)


def _kill(worker: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def _children(pid: int) -> list[int]:
    """The processes of a worker's pool."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextlib.contextmanager
def hired(orders: Orders, random: Random) -> Iterator[Workers]:
    """Workers, until the end."""
    with tempfile.TemporaryDirectory() as folder:
        workers = Workers(orders, Path(folder) / "log", random)
        try:
            yield workers
        finally:
            workers.end()


def kill_again_and_again(
    stage: Stage,
    broker: str,
    journal: str,
    *,
    is_time: Callable[[int], bool],
    most: int,
    seed: int,
    answers_after: float,
    **how: Any,
) -> Row:
    """Sends to all users of a stage, with kills in between.

    Args:
        stage: The stage.
        broker: Redis.
        journal: A database.
        is_time: Whether it is time for another kill, after so many.
        most: The most kills.
        seed: Where chance comes from.
        answers_after: Seconds from the sending of a request to its answer, one at a time.
        how: What else workers are told.
    """
    began = time.monotonic()
    where = {"broker": broker, "journal": journal, "url": stage.server.url, "application_id": stage.local.application_id}
    orders = Orders(**where, **how)
    tasks = shop(orders)
    stage.clear()

    def answer_slowly(answer: dict[str, Any]) -> dict[str, Any]:
        time.sleep(answers_after)
        return answer

    stage.local.alter_next(answer_slowly, times=2 * len(stage.users))
    with hired(orders, Random(seed)) as workers, contextlib.closing(tasks.app):
        runs: list[AudienceRun] = []
        waiting = threading.Thread(target=_hand_out, args=(tasks, stage, broker, f"seed-{seed}", runs))
        waiting.start()
        while waiting.is_alive():
            if workers.kills < most and is_time(workers.kills):
                workers.kill_one()
            waiting.join(0.02)
        assert runs, "a task failed"
        (run,) = runs
        kills = workers.kills
    stage.local.clear_faults()
    stage.settle()
    report = run.report()
    return Row(
        users=len(stage.users),
        kills=kills,
        tally=counted(stage.users, [*report.users.values()], stage.got()),
        unknown=report.counts[Outcome.UNKNOWN],
        seconds=time.monotonic() - began,
    )


def _hand_out(tasks: PinpointTasks, stage: Stage, broker: str, name: str, runs: list[AudienceRun]) -> None:
    """Hands out and waits for the end; again, if the broker has lost a task, as when a worker dies in taking it from Redis."""
    with redis.Redis.from_url(broker) as queue:
        run = tasks.send_audience(MESSAGE, iter(stage.users), run=name)
        while not runs:
            has_tasks = queue.llen("celery") or queue.hlen("unacked")
            try:
                run.wait(timeout=_A_LOOK)
                runs.append(run)
            except CeleryTimeoutError:
                if not has_tasks:
                    run = tasks.send_audience(MESSAGE, iter(stage.users), run=name)


def section(row: Row, seconds: float) -> str:
    """The section of the page."""
    return f"""{HEADING}
`nox -s workers` also starts {WORKERS} workers of Celery's over Redis, hands out tasks of 1,000 users each, and kills one of the
workers by SIGKILL every {seconds:g} seconds: as a whole, or the process of its pool. Redis takes a worker for lost after
{VISIBILITY_TIMEOUT} seconds here, and the journal after {LEASE:g}. What `read_report` says is compared with what
the receiver got. When Redis has lost a task, as when a worker dies in taking it, all are handed out again.

| users | workers | kills | duplicates | lost | wrong outcomes | UNKNOWN | time |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
{row}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=3.0, help="between two kills")
    parser.add_argument("--answers-after", type=float, default=0.2, help="seconds")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    servers = PostgresServer.started(), RedisServer.started()
    with servers[0] as server, servers[1] as broker, Stage(options.users, over_http=True) as stage:
        began = time.monotonic()
        row = kill_again_and_again(
            stage,
            broker.url,
            server.new_url(),
            is_time=lambda kills: time.monotonic() > began + (kills + 1) * options.seconds,
            most=sys.maxsize,
            seed=options.seed,
            answers_after=options.answers_after,
            concurrency=4,
            lease=LEASE,
            visibility_timeout=VISIBILITY_TIMEOUT,
        )
    sys.stdout.write(f"{row}\n")
    write(HEADING, section(row, options.seconds))
    if not row.is_clean:
        sys.exit(1)


if __name__ == "__main__":
    main()
