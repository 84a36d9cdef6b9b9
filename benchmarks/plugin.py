"""What the plugin for pytest costs: a run that doesn't use it, and a test that does.

    python -m benchmarks.plugin [--runs 20] [--strict]

Runs of pytest over one empty test take turns, with the plugin and without any that is installed; the figure is the difference
of the medians of their processor time. Then 200 tests take the fixture `pinpoint_deliveries`; the figure is the time of a
setup.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

RUN_MILLISECONDS = 10.0
"""Goal for what a run costs; and for a test."""
TEST_MILLISECONDS = 20.0
TESTS = 200
PLUGIN = ["-p", "pinpoint_users.pytest_plugin"]


TIMED = """
import json, time, pytest
took = []
@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    start = time.perf_counter()
    result = yield
    took.append((time.perf_counter() - start) * 1e3)
    return result
def pytest_unconfigure():
    print("TOOK", json.dumps(took))
"""


def run(folder: Path, *arguments: str) -> tuple[float, str]:
    """Runs pytest, and tells the milliseconds of the processor that it took and what it printed."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, *arguments]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - a command of ours
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e3, done.stdout


def cost_of_a_run(folder: Path, runs: int) -> float:
    """The milliseconds that the plugin adds to a run that doesn't use it."""
    (folder / "test_empty.py").write_text("def test_empty(): pass\n")
    with_it: list[float] = []
    without: list[float] = []
    for _ in range(runs + 1):
        without.append(run(folder, "test_empty.py")[0])
        with_it.append(run(folder, *PLUGIN, "test_empty.py")[0])
    return statistics.median(with_it[1:]) - statistics.median(without[1:])


def setups(folder: Path) -> list[float]:
    """The milliseconds until a test's fixtures were ready, but for the first, which starts the server."""
    (folder / "test_many.py").write_text(
        f"import pytest\n@pytest.mark.parametrize('n', range({TESTS}))\ndef test_it(pinpoint_deliveries, n): pass\n"
    )
    (folder / "conftest.py").write_text(TIMED)
    _, printed = run(folder, *PLUGIN, "test_many.py", "-s")
    took: list[float] = json.loads(printed.partition("TOOK ")[2])
    return took[1:]


def main() -> None:
    """Measures, prints, and exits with 1 under `--strict` if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plugin")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        added = cost_of_a_run(Path(folder), options.runs)
        took = setups(Path(folder))
    slowest = sorted(took)[int(len(took) * 0.99)]
    print(f"a run that doesn't use the plugin: {added:.1f} ms more (goal: under {RUN_MILLISECONDS:g})")
    middle = statistics.median(took)
    print(f"a test that does: ready in {middle:.1f} ms, 99 of 100 in {slowest:.1f} (goal: under {TEST_MILLISECONDS:g})")
    if options.strict and (added >= RUN_MILLISECONDS or slowest >= TEST_MILLISECONDS):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
