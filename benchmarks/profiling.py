"""Where a side's time goes, by py-spy: `python -m benchmarks.profiling ours` prints the functions that take most of it.

All threads count, at moments when they work. py-spy must be installed beside Python, and be allowed to look into a
process that it has started itself.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.processes import Stub, environment
from benchmarks.sides import SIDES

_PY_SPY = Path(sys.executable).with_name("py-spy")
_SHOWN = 25
_LINE = re.compile(r":\d+\)")
_WAITING = {"Condition.wait (threading.py)", "wait (threading.py)"}
_MEASURED = {"many (benchmarks/child.py)", "one (benchmarks/child.py)"}


def sampled(side: str, what: str, count: int) -> list[tuple[list[str], int]]:
    """Stacks of functions, outermost first, and how often each was met, warm-up and start left out.

    Args:
        side: The side's name.
        what: `many` or `one`, as the child takes it.
        count: How many users.
    """
    with Stub() as stub, tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        child = [sys.executable, "-m", "benchmarks.child", side, stub.url]
        record = [str(_PY_SPY), "record", "--gil", "--rate", "500", "--format", "raw", "--output", str(raw), "--", *child]
        command = json.dumps({"do": what, "first": 0, "count": count})
        subprocess.run(record, input=command, text=True, check=True, capture_output=True, env=environment())  # noqa: S603
        lines = [line.rpartition(" ") for line in raw.read_text(encoding="utf-8").splitlines()]
    stacks = [(_LINE.sub(")", stack).split(";"), int(times)) for stack, _, times in lines]
    return [
        (stack, times)
        for stack, times in stacks
        if (_MEASURED.intersection(stack) or "Thread.run (threading.py)" in stack) and stack[-1] not in _WAITING
    ]


def table(stacks: list[tuple[list[str], int]], package: str) -> str:
    """The functions with most time of their own, and those of a package with most time in all, in Markdown."""
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for stack, times in stacks:
        own[stack[-1]] += times
        whole.update(dict.fromkeys(stack, times))
    total = sum(own.values())
    ours = Counter({name: times for name, times in whole.items() if f"({package}" in name})

    def shown(counter: Counter[str]) -> list[str]:
        head = ["| function | with what it calls | itself |", "| --- | --- | --- |"]
        return head + [
            f"| `{name}` | {whole[name] / total:.1%} | {own[name] / total:.1%} |" for name, _ in counter.most_common(_SHOWN)
        ]

    return "\n".join([*shown(ours), "", *shown(own)])


def main() -> None:
    """Profiles and prints."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profiling", description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("--one", action="store_true", help="one message to one user at a time")
    parser.add_argument("--package", default="pinpoint_users", help="whose functions are listed by all that they take")
    arguments = parser.parse_args()
    what, count = ("one", 5_000) if arguments.one else ("many", 100_000)
    print(table(sampled(arguments.side, what, count), arguments.package))


if __name__ == "__main__":
    main()
