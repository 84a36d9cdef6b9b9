"""Tells how many inputs each target was given, where there were more than usual."""

from __future__ import annotations

from collections import Counter

import fuzzing


def pytest_terminal_summary(terminalreporter):
    if fuzzing.counts and fuzzing.TIMES != 1:
        by_target = Counter()
        for target, count in fuzzing.counts.items():
            by_target[target.split(" of ")[0]] += count
        terminalreporter.section(f"fuzzing, seed {fuzzing.SEED}")
        for target, count in by_target.items():
            terminalreporter.line(f"{count:>9,} {target}")
        terminalreporter.line(f"{sum(by_target.values()):>9,} in all")
