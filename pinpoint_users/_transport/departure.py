"""A request on its way out, which may be cancelled: whoever does that knows whether anything of it may have gone out."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Departure:
    """How far a request is. One thread sends it, and another may cancel it at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_cancelled = False
        self._may_be_out = False
        self._break_off: Callable[[], None] | None = None
        self._is_late: Callable[[], bool] | None = None

    def watch(self, is_late: Callable[[], bool]) -> None:
        """Has it cancelled by who goes a step further, if it is late by then: as where the process stood still meanwhile.

        Args:
            is_late: Whether it is.
        """
        self._is_late = is_late

    def cancel(self) -> bool:
        """Lets nothing more of a request go out.

        Returns:
            Whether it is certain that nothing has gone out.
        """
        with self._lock:
            self._is_cancelled = True
            if self._break_off is not None:
                self._break_off()
            return not self._may_be_out

    def proceed(self, *, may_be_out: bool, break_off: Callable[[], None] | None = None) -> bool:
        """Goes a step further.

        Args:
            may_be_out: Whether something of the request may go out before the next step.
            break_off: Ends this step, if the request is cancelled meanwhile. It takes no time and raises nothing.

        Returns:
            Whether that may be; False if the request is cancelled, and nothing more of it is to be done.
        """
        is_late = self._is_late is not None and self._is_late()
        with self._lock:
            self._is_cancelled |= is_late
            if not self._is_cancelled:
                self._may_be_out = may_be_out
                self._break_off = break_off
            return not self._is_cancelled

    def arrive(self) -> None:
        """The answer is there: what the request went out by is free for the next one, and isn't broken off any more."""
        with self._lock:
            self._break_off = None
