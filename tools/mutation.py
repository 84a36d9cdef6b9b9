"""Changes the engine in small ways, one at a time, and counts the changes that its tests notice; `nox -s mutation` runs it.

Which changes are made is drawn from all that mutmut knows to make, by a seed, so that two runs make the same ones.

Usage: python tools/mutation.py [how many, 0 for all] [seed]
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

STATUSES = {0: "survived", 1: "killed", 3: "killed", 33: "in no test", 34: "skipped", 35: "suspicious"}
"""What mutmut's numbers mean; the others are time-outs, of which most are hangs that a test would notice."""


def results() -> dict[str, int | None]:
    """The changes that there are, by name, and what became of each."""
    found: dict[str, int | None] = {}
    for path in sorted(Path("mutants").rglob("*.meta")):
        found.update(json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"])
    return found


def main(count: int = 60, seed: int = 1) -> int:
    """Makes the changes and prints what became of them; 1 if mutmut itself failed."""
    subprocess.run(["mutmut", "run", "none"], check=False, capture_output=True)  # writes the changes, and makes none
    names = list(results())
    drawn = sorted(Random(seed).sample(names, min(count or len(names), len(names))))  # noqa: S311 - guards nothing
    print(f"{len(drawn)} of {len(names)} changes, drawn by the seed {seed}", flush=True)
    done = subprocess.run(["mutmut", "run", "--max-children", "2", *drawn], check=False, stdout=subprocess.DEVNULL)
    fates = {name: STATUSES.get(code, "timed out") for name, code in results().items() if name in drawn and code is not None}
    for name in (name for name, fate in fates.items() if fate not in {"killed", "timed out"}):
        shown = subprocess.run(["mutmut", "show", name], check=False, capture_output=True, text=True).stdout
        print(f"\n{fates[name]}: {shown}")
    print(f"\n{len(fates)} changes:", dict(Counter(fates.values())))
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
