"""`python -m benchmarks` measures, prints the table and writes results.md; see README.md."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from pathlib import Path

from benchmarks.bench import QUICK, Bench, Effort
from benchmarks.measures import MEASURES
from benchmarks.processes import Stub
from benchmarks.table import Row, markdown, plain

_RESULTS = Path(__file__).with_name("results.md")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measures this package beside boto3 and others.")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions of fewer users; writes no results.md")
    parser.add_argument("--only", nargs="+", choices=MEASURES, metavar="MEASURE", help=f"some of {', '.join(MEASURES)}")
    parser.add_argument("--strict", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument("--results", type=Path, help="write the table here; by default a full run writes results.md")
    parser.add_argument("--aioboto3", metavar="FOLDER", help="where aioboto3 is installed with its own botocore")
    return parser.parse_args()


def main() -> int:
    """Measures, prints and writes.

    Returns:
        1 if `--strict` was asked for and a goal is missed.
    """
    arguments = _arguments()
    began = time.monotonic()
    rows: list[Row] = []
    with Stub() as stub:
        bench = Bench(stub, QUICK if arguments.quick else Effort(), arguments.aioboto3)
        for name in arguments.only or MEASURES:
            print(f"{time.monotonic() - began:4.0f} s  {name} …", file=sys.stderr, flush=True)
            rows += MEASURES[name](bench)
    variants = list(bench.variants)
    print(plain(rows, variants))
    is_full = not arguments.quick and not arguments.only
    results = arguments.results or (_RESULTS if is_full else None)
    if results is not None:
        results.write_text(_page(rows, bench, is_quick=arguments.quick), encoding="utf-8")
    missed = sum(row.verdict(variants) is False for row in rows)
    judged = sum(row.verdict(variants) is not None for row in rows)
    print(f"{judged - missed} of {judged} goals met, in {time.monotonic() - began:.0f} s")
    return int(arguments.strict and missed > 0)


def _page(rows: list[Row], bench: Bench, *, is_quick: bool) -> str:
    """What results.md says."""
    effort = bench.effort
    versions = ", ".join(f"{name} {version}" for name, version in bench.versions.items())
    details = "\n".join(f"- {row.measure}: {row.details}" for row in rows if row.details)
    return f"""# Results

{"From `--quick`: fewer repetitions of fewer users, so not what the goals are about. " if is_quick else ""}\
README.md says what each line means. Each figure is the median of {effort.long_repetitions} to {effort.repetitions} \
repetitions in which the sides took turns.

{platform.python_implementation()} {platform.python_version()} on {platform.system()}, {os.cpu_count()} CPUs; {versions}.

{markdown(rows, list(bench.variants))}

## The sides' own times

Medians, with the smallest and the largest; they are this machine's, and only their ratios say something.

{details}
"""


if __name__ == "__main__":
    sys.exit(main())
