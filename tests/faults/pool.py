"""Many runs, in as many processes as there are processors."""

from __future__ import annotations

import logging
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

import attrs
from faults.rows import ROWS
from faults.runs import carry_out
from faults.stage import Stage
from faults.tally import OnUnknown, Tally
from faults.ways import LOOK_UP, WAYS
from machine import forget_settings

_users = 0
_stages: dict[str, Stage] = {}


@attrs.frozen
class Task:
    """One run."""

    fault: str
    seed: int
    on_unknown: OnUnknown
    way: str = LOOK_UP.name

    def __str__(self) -> str:
        return f"nox -s faults -- --way {self.way} --fault {self.fault} --seed {self.seed} --on-unknown {self.on_unknown}"


def carried_out(tasks: Sequence[Task], *, users: int, processes: int) -> Iterator[tuple[Task, Future[Tally]]]:
    """Each run with what it came to, be it an error, as they end."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn, initializer=_prepare, initargs=(users,)) as executor:
        futures = {executor.submit(_run, task): task for task in tasks}
        for future in as_completed(futures):
            yield futures[future], future


def _prepare(users: int) -> None:
    """Makes a process ready: the services and their users stay for all of its runs."""
    global _users  # noqa: PLW0603 - what a process of the pool keeps
    forget_settings()
    logging.disable()  # what goes wrong here is meant to
    _users = users


def _run(task: Task) -> Tally:
    (row,) = [row for row in ROWS if row.name == task.fault]
    if task.way not in _stages:
        _stages[task.way] = Stage(_users, over_http=True, way=WAYS[task.way])
    return carry_out(_stages[task.way], row, task.seed, task.on_unknown)
