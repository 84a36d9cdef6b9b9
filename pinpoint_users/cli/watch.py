"""What a run's log tells while it goes on: which requests the service throttled, and how long it asks to wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from typing_extensions import Self

from pinpoint_users._clock import monotonic
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users.cli.progress import Progress
from pinpoint_users.cli.tally import Tally
from pinpoint_users.cli.terminal import duration

_LOGGER = logging.getLogger("pinpoint_users")
_POLICY = RetryPolicy()
_WORTH_TELLING = 2.0
"""Seconds of a wait that somebody may wonder about."""


class Watch(logging.Handler):
    """Reads the log of a run, for the time of a `with` block.

    Args:
        tally: Counts what was throttled.
        progress: Tells of waits.
        clock: The time in seconds.
    """

    def __init__(self, tally: Tally, progress: Progress, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._tally = tally
        self._progress = progress
        self._clock = clock
        self._waits_until = 0.0

    def __enter__(self) -> Self:
        self._before = _LOGGER.level
        _LOGGER.addHandler(self)
        _LOGGER.setLevel(logging.DEBUG)  # answers in which single endpoints were throttled are told there
        return self

    def __exit__(self, *_: object) -> None:
        _LOGGER.setLevel(self._before)
        _LOGGER.removeHandler(self)

    def emit(self, record: Any) -> None:
        """Takes a record; `logging` sees to it that no other thread does meanwhile."""
        if record.event == "request_answered":
            self._tally.throttled += record.throttled > 0
        elif record.event == "request_failed":
            self._tally.throttled += record.error == "ThrottledError"
            self._tell_of_wait(record)

    def _tell_of_wait(self, record: Any) -> None:
        asked = getattr(record, "retry_after", None)  # of a request's error
        if asked is None or record.sent != "NOT_SENT" or record.attempt >= _POLICY.max_attempts:
            return
        wait = min(asked, _POLICY.give_up_after)
        until = self._clock() + wait
        if wait >= _WORTH_TELLING and until > self._waits_until + 1.0:  # once for all requests that are out
            self._waits_until = until
            said = f"the service asks to wait {duration(asked)} (HTTP {record.status_code})"
            self._progress.note(f"{said}: sending goes on in {duration(wait)}")
