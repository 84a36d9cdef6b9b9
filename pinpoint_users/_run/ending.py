"""How a run ends before its time where its caller is: nothing goes on behind the caller's back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pinpoint_users._run.threads import Run, ThreadDriver, Turns
from pinpoint_users._run.worker_pool import InterruptSafeEvent
from pinpoint_users.errors import StoppedError
from pinpoint_users.report import RunInterrupted, RunStoppedError, SendReport

E = TypeVar("E", bound=BaseException)

INTERRUPTED = StoppedError("the run was interrupted; what had not gone out was not sent")

REQUEST_INTERRUPTED = StoppedError("the request was interrupted before its turn; nothing was sent")


def wait_through(turns: Turns, news: InterruptSafeEvent) -> None:
    """Takes a caller's turns, and lets its thread wait between them."""
    for has_read in turns:
        if not has_read:
            news.wait()


def carried_out(driver: ThreadDriver, run: Run) -> SendReport:
    """Carries a run out, for which its caller's thread waits.

    Raises:
        RunStoppedError: The run ended early.
        RunInterrupted: Ctrl-C.
        BaseException: What a signal handler or the users' iterator raised, with a `RunStoppedError` as its cause.
    """
    try:
        driver.start(run)
        wait_through(driver.turns(run), run.news)
        report, reason = run.core.report(), run.core.cut_short_by
        stop = None if reason is None else RunStoppedError(report, reason)
    except KeyboardInterrupt:
        raise wound_up(driver, run, RunInterrupted) from None
    except BaseException as error:  # of a signal handler or of the users' iterator, such as SystemExit
        raise error from wound_up(driver, run, stopped(run))
    if stop is not None:
        raise stop from reason
    return report


def wound_up(driver: ThreadDriver, run: Run, error: Callable[[SendReport], E]) -> E:
    """The error of a run whose caller's thread was interrupted, be it twice; nothing goes on behind its back."""
    try:
        return error(_ended(driver, run, at_once=False))
    except BaseException:  # noqa: BLE001 - the first one is raised
        return error(_ended(driver, run, at_once=True))


def _ended(driver: ThreadDriver, run: Run, *, at_once: bool) -> SendReport:
    wait_through(winding_up(driver, run, at_once=at_once), run.news)
    return run.core.report()


def winding_up(driver: ThreadDriver, run: Run, *, at_once: bool) -> Turns:
    """The turns of a caller who was interrupted.

    Args:
        driver: Carries out the run.
        run: The run.
        at_once: Whether what is in flight is given up.
    """
    if run.fault is None:
        driver.stop(run, INTERRUPTED, at_once=at_once)
        driver.start(run)
        yield from driver.turns(run)


def stopped(run: Run) -> Callable[[SendReport], RunStoppedError]:
    """What tells of a run that was interrupted by something that has no report itself."""
    return lambda report: RunStoppedError(report, run.core.stopped_by or INTERRUPTED)
