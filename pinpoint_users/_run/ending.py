"""How a run ends before its time in its caller's thread: nothing goes on behind the caller's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pinpoint_users._run.run import Run
from pinpoint_users._run.threads import ThreadDriver
from pinpoint_users.errors import StoppedError
from pinpoint_users.report import SendReport

E = TypeVar("E", bound=BaseException)

INTERRUPTED = StoppedError("the run was interrupted before this user's turn; nothing was sent")


def wound_up(driver: ThreadDriver, run: Run, error: Callable[[SendReport], E]) -> E:
    """The error of a run whose caller's thread was interrupted, be it twice; nothing goes on behind its back."""
    try:
        return error(_ended(driver, run, at_once=False))
    except BaseException:  # noqa: BLE001 - the first one is raised
        return error(_ended(driver, run, at_once=True))


def _ended(driver: ThreadDriver, run: Run, *, at_once: bool) -> SendReport:
    if run.fault is None:
        driver.stop(run, INTERRUPTED, at_once=at_once)
        driver.start(run)
        driver.finish(run)
    return run.core.report()
