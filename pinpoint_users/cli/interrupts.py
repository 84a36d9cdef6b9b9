"""Ctrl-C, and what else asks a process to end: the first one ends a run in order, the second one at once."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any

import attrs
from typing_extensions import Self

from pinpoint_users.cli.exits import ExitCode
from pinpoint_users.cli.terminal import tell_at_once

_ASKS_TO_END = ("SIGINT", "SIGTERM", "SIGHUP")  # Ctrl-C; cron, containers and systems; a terminal that goes away
_NOTE = "Interrupted: what is under way is finished; once more ends at once."


@attrs.frozen
class Guarded:
    """A run that is to end in order."""

    stop: Callable[[], None]
    """Lets no further request out."""
    farewell: Callable[[], None]
    """Tells what there is to tell before the process ends at once."""


class Interrupts:
    """Takes signals that ask to end, for the time of a command. Until a run is guarded they raise `KeyboardInterrupt`."""

    def __init__(self) -> None:
        self.count: int = 0
        """How many came since a run was guarded."""
        self._run: Guarded | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for name in _ASKS_TO_END:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # nohup has it so
                self._before[number] = signal.signal(number, self._strike)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def guard(self, run: Guarded) -> None:
        """From here on a run goes on that is to end in order."""
        self._run = run

    def _strike(self, _number: int, _frame: FrameType | None) -> None:
        if self._run is None:
            raise KeyboardInterrupt
        self.count += 1
        if self.count == 1:
            tell_at_once(_NOTE)
            self._run.stop()
            return
        with contextlib.suppress(Exception):  # nothing may keep the process from its end
            self._run.farewell()
        # The journal has who was in flight: it is right at any moment, whatever the threads are doing.
        os._exit(ExitCode.INTERRUPTED)
