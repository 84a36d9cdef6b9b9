"""What a run waits for of its journal: one write at a time, and for a server not for ever once the run is to end at once."""

from __future__ import annotations

from pinpoint_users._run.actions import Lookup
from pinpoint_users._run.lanes import NEVER
from pinpoint_users._run.ledger import Ledger, Persist
from pinpoint_users.errors import PinpointUsersError


class JournalWaits:
    """The write that is out, and how long it and look-ups are waited for.

    Args:
        ledger: What is known of the users, and not yet written.
        patience: Seconds for which a run that is to end at once waits for each write and look-up.
    """

    def __init__(self, ledger: Ledger, patience: float) -> None:
        self.until: float = NEVER
        """When what is out is given up."""
        self.has_given_up: bool = False
        """Whether the journal isn't asked or written any more."""
        self._ledger = ledger
        self._patience = patience
        self._persist: Persist | None = None
        self._awaited: tuple[Persist | None, Lookup | None] = (None, None)

    @property
    def is_writing(self) -> bool:
        """Whether a write is out."""
        return self._persist is not None

    @property
    def is_due(self) -> bool:
        """Whether something is to be written now."""
        return self._persist is None and self._ledger.has_unwritten

    def write(self, stopped_by: PinpointUsersError | None) -> Persist | None:
        """What is to be written now: one write at a time, so that they come in the order in which things happened.

        Args:
            stopped_by: Why nothing more goes out, if nothing does.
        """
        if self._persist is not None:
            return None
        persist = self._ledger.take_unwritten()
        while persist is not None and self.has_given_up and stopped_by is not None:
            self._ledger.leave_unwritten(persist, stopped_by)
            persist = self._ledger.take_unwritten()
        self._persist = persist
        return persist

    def come_back(self, persist: Persist) -> bool:
        """A write is out no longer; False if it was given up meanwhile."""
        if persist is not self._persist:
            return False
        self._persist = None
        return True

    def give_up(self, lookup: Lookup | None, now: float, reason: PinpointUsersError) -> bool:
        """Gives up what is out, if nothing of it has come back for too long. To be asked once the run is to end at once.

        Args:
            lookup: The first look-up that is out.
            now: The time in seconds.
            reason: What users are told who were to be written down before something goes to them.

        Returns:
            Whether a write was given up.
        """
        awaited = (self._persist, lookup)
        if awaited != self._awaited:
            self._awaited = awaited
            self.until = NEVER if awaited == (None, None) else now + self._patience
        if now < self.until:
            return False
        persist, self._persist = self._persist, None
        self.has_given_up, self.until = True, NEVER
        if persist is not None:
            self._ledger.leave_unwritten(persist, reason)
        return persist is not None
