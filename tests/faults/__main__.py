"""The whole fault table: `nox -s faults`, or, in a checkout, `PYTHONPATH=.:tests python -m faults`.

Every row, and all faults at random, on ten seeds each. The tables are printed and, if they are whole, written into
`docs/faults.md`, whatever they say; with `--way`, those of that way. It fails if anything was doubled, lost or wrong, or if a
row's fault was not met.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict

from faults.page import page, table
from faults.pool import Task, carried_out
from faults.rows import ROWS
from faults.section import PAGE, WORKERS_HEADING
from faults.tally import OnUnknown, Tally
from faults.ways import WAYS

USERS, SEEDS = 10_000, 10
POLICIES: tuple[OnUnknown, ...] = ("report", "resend")


def main() -> int:
    options = _options()
    tasks = _tasks(options)
    tallies: dict[tuple[str, OnUnknown], dict[str, Tally]] = {
        (way, policy): defaultdict(Tally) for way in WAYS for policy in POLICIES
    }
    complaints: list[str] = []
    began = time.monotonic()
    for number, (task, future) in enumerate(carried_out(tasks, users=options.users, processes=options.processes), 1):
        if error := future.exception():
            complaints.append(f"the run failed by itself, {error!r}; again with: {task}")
        else:
            tally = future.result()
            tallies[task.way, task.on_unknown][task.fault].add(tally)
            if not tally.is_clean:
                complaints.append(f"{tally.in_words()}; again with: {task}")
        if number % 20 == 0 or number == len(tasks):
            _say(f"{number} of {len(tasks)} runs, {time.monotonic() - began:,.0f} s")
    for (way, policy), by_fault in tallies.items():
        complaints += [f"{fault} ({way}, {policy}): no run met it" for fault, tally in by_fault.items() if not tally.met]
        if by_fault:
            _say(f"\n{WAYS[way].title}, on_unknown={policy!r}\n\n{table(by_fault, resends=policy == 'resend')}")
    if options.is_whole:
        PAGE.parent.mkdir(exist_ok=True)
        kept = PAGE.read_text(encoding="utf-8").partition(WORKERS_HEADING) if PAGE.exists() else ("", "", "")
        PAGE.write_text(page(options.users, tallies, kept[0]) + "".join(kept[1:]), encoding="utf-8")
    _say("\n".join(complaints) or "nobody twice, nobody lost, no outcome wrong")
    return 1 if complaints else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s faults --", description=__doc__)
    parser.add_argument("--fault", action="append", choices=[row.name for row in ROWS], help="this row only; may come again")
    parser.add_argument("--seed", type=int, help=f"this seed only, instead of those from 0 to {SEEDS - 1}")
    parser.add_argument("--on-unknown", choices=POLICIES, help="this policy only")
    parser.add_argument("--way", choices=WAYS, help="this way of the messages only")
    parser.add_argument("--users", type=int, default=USERS, help="how many users a run has, 200 or more; default %(default)s")
    processes = 2 * (os.cpu_count() or 1)  # much of the time is waiting
    parser.add_argument("--processes", type=int, default=processes, help="default: two for each processor")
    options = parser.parse_args()
    options.is_whole = options.fault is options.seed is options.on_unknown is None
    return options


def _tasks(options: argparse.Namespace) -> list[Task]:
    return [
        Task(row.name, seed, policy, way)
        for way in ([options.way] if options.way else WAYS)
        for policy in ([options.on_unknown] if options.on_unknown else POLICIES)
        for row in ROWS
        for seed in (range(SEEDS) if options.seed is None else [options.seed])
        if (options.fault is None or row.name in options.fault) and (policy == "report" or row.is_lossy)
    ]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
