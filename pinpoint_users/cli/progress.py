"""How far a run is: a bar at a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

from typing_extensions import Self

from pinpoint_users._clock import monotonic
from pinpoint_users.cli.tally import Tally
from pinpoint_users.cli.terminal import duration, is_terminal, tell

_REFRESH = 0.1
_LINE_EVERY = 5.0
"""Seconds between two plain lines."""


def progress_of(tally: Tally, total: int, *, quiet: bool, clock: Callable[[], float] = monotonic) -> Progress:
    """The progress of a run.

    Args:
        tally: The counts.
        total: How many users there are.
        quiet: Whether nothing is shown.
        clock: The time in seconds.
    """
    if quiet:
        return Progress()
    return _Bar(tally, total, clock) if is_terminal(sys.stderr) else _Lines(tally, total, clock)


class Progress:
    """Shows how far a run is; this one shows nothing."""

    def update(self) -> None:
        """Looks at the counts, and shows them if it is time to."""

    def note(self, line: str) -> None:
        """Tells something at once. May be called from any thread."""

    def stop(self) -> None:
        """Shows how far the run came, and nothing more."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Lines(Progress):
    """A line every few seconds, for logs."""

    def __init__(self, tally: Tally, total: int, clock: Callable[[], float]) -> None:
        self._tally = tally
        self._total = total
        self._clock = clock
        self._began = clock()
        self._next = self._began + _LINE_EVERY

    def update(self) -> None:
        now = self._clock()
        if now >= self._next:
            self._next = now + _LINE_EVERY
            tell(self._line(now))

    def note(self, line: str) -> None:
        tell(line)

    def stop(self) -> None:
        tell(self._line(self._clock()))

    def _line(self, now: float) -> str:
        tally = self._tally
        done = tally.users - tally.not_sent
        rate = done / max(now - self._began, 1e-3)
        left = f", {duration((self._total - done) / rate)} left" if done > 0 and tally.users < self._total else ""
        not_sent = f", {tally.not_sent:,} not sent" if tally.not_sent else ""
        shown = f"{done:,} of {max(self._total, tally.users):,} users, {rate:,.0f} a second"
        return f"{shown}, {tally.throttled:,} throttled, {tally.failed:,} failed{not_sent}{left}"


class _Bar(Progress):
    """A bar that rich draws on standard error. A terminal that goes away stops nothing."""

    def __init__(self, tally: Tally, total: int, clock: Callable[[], float]) -> None:
        from rich.console import Console  # noqa: PLC0415 - tens of milliseconds, which other commands don't need
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - likewise

        self._tally = tally
        self._clock = clock
        self._next = 0.0
        self._began = clock()
        self._bar = Progress(
            BarColumn(bar_width=None),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} users"),
            TextColumn("{task.fields[rate]:,.0f}/s"),
            TextColumn("throttled {task.fields[throttled]:,}"),
            TextColumn("failed {task.fields[failed]:,}"),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True),
            expand=True,
        )
        self._task: Any = self._bar.add_task("", total=total, rate=0.0, throttled=0, failed=0)

    def update(self) -> None:
        now = self._clock()
        if now >= self._next:
            self._next = now + _REFRESH
            self._show(now)

    def __enter__(self) -> Self:
        with contextlib.suppress(OSError):
            self._bar.start()
        return self

    def note(self, line: str) -> None:
        with contextlib.suppress(OSError):
            self._bar.console.print(line, markup=False, highlight=False)

    def stop(self) -> None:
        self._show(self._clock())
        with contextlib.suppress(OSError):
            self._bar.stop()

    def _show(self, now: float) -> None:
        tally = self._tally
        done = tally.users - tally.not_sent
        rate = done / max(now - self._began, 1e-3)
        self._bar.update(self._task, completed=done, rate=rate, throttled=tally.throttled, failed=tally.failed)
