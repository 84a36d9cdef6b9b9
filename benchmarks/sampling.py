"""How samples are taken: of connected sides, of whole processes, and in one process."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial

from benchmarks.processes import Child, SideMissingError, environment
from benchmarks.timing import Samples, take_turns


def cpu(children: Mapping[str, Child], users: int, repetitions: int) -> Samples:
    """Seconds of CPU time in which each side sends to so many users."""
    return take_turns({name: partial(_seconds, child, users, "cpu") for name, child in children.items()}, repetitions)


def wall(children: Mapping[str, Child], users: int, repetitions: int) -> Samples:
    """Seconds in which each side sends to so many users."""
    return take_turns({name: partial(_seconds, child, users, "wall") for name, child in children.items()}, repetitions)


def _seconds(child: Child, users: int, kind: str) -> float:
    return child.many(users)[kind]


def processes(programs: Mapping[str, list[str]], repetitions: int) -> tuple[Samples, Samples]:
    """Wall times and CPU times of whole Python processes, in seconds; each program is first run once uncounted."""
    costs: Samples = {name: [] for name in programs}

    def run(name: str) -> float:
        before, began = _children_cpu(), time.perf_counter()
        subprocess.run([sys.executable, *programs[name]], check=True, env=environment())  # noqa: S603 - our own programs
        wall = time.perf_counter() - began
        costs[name].append(_children_cpu() - before)
        return wall

    samples = take_turns({name: partial(run, name) for name in programs}, repetitions + 1)
    for times in (*samples.values(), *costs.values()):
        del times[0]
    return samples, costs


def _children_cpu() -> float:
    """CPU time of all the processes that were started from here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def in_one_process(what: str, repetitions: int) -> Samples:
    """What needs no server, by all sides in one process of its own."""
    command = [sys.executable, "-m", "benchmarks.in_one_process", what, str(repetitions)]
    done = subprocess.run(command, check=True, env=environment(), capture_output=True, text=True)  # noqa: S603 - likewise
    answer = json.loads(done.stdout)
    if "missing" in answer:
        raise SideMissingError(answer["missing"])
    samples: Samples = answer["samples"]
    return samples
