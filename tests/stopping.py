"""Runs that end early: one that is expected to, and what tells that one does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pinpoint_users import PinpointUsersError, RunStoppedError


@contextmanager
def stopped_by(
    reason: type[Exception] | tuple[type[Exception], ...], *, match: str | None = None
) -> Iterator[pytest.ExceptionInfo[RunStoppedError]]:
    """Like `pytest.raises`, of a run that stops for a reason of this class."""
    with pytest.raises(RunStoppedError, match=match) as caught:
        yield caught
    assert isinstance(caught.value.reason, PinpointUsersError)
    assert isinstance(caught.value.reason, reason)
    assert caught.value.__cause__ is caught.value.reason


class _Stops(logging.Handler):
    def __init__(self, has_stopped: threading.Event) -> None:
        super().__init__(logging.INFO)
        self._has_stopped = has_stopped

    def emit(self, record: logging.LogRecord) -> None:
        if getattr(record, "event", None) == "run_stopped":
            self._has_stopped.set()


@contextmanager
def noticing_stops() -> Iterator[threading.Event]:
    """An event that is set as soon as a run has been stopped."""
    has_stopped, logger = threading.Event(), logging.getLogger("pinpoint_users")
    handler, level = _Stops(has_stopped), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield has_stopped
    logger.setLevel(level)
    logger.removeHandler(handler)
