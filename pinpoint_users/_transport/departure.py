"""A request on its way out, which may be cancelled: whoever does that knows whether anything of it may have gone out."""

from __future__ import annotations


class Departure:
    """How far a request is. One thread sends it, and another may cancel it at the same time.

    Each first says what it is about to do and then looks at what the other said, so one of the two at least sees the other.
    That needs no lock.
    """

    def __init__(self) -> None:
        self._is_cancelled = False
        self._may_be_out = False

    def cancel(self) -> bool:
        """Lets nothing out any more of a request of which nothing has gone out.

        Returns:
            Whether that is certain; False if something may have gone out.
        """
        self._is_cancelled = True
        return not self._may_be_out

    def proceed(self, *, may_be_out: bool) -> bool:
        """Goes a step further.

        Args:
            may_be_out: Whether something of the request may go out before the next step.

        Returns:
            Whether that may be; False if the request is cancelled, and nothing more of it is to be done.
        """
        self._may_be_out = may_be_out
        return not self._is_cancelled
