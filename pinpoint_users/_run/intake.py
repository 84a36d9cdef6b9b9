"""The users of a run before they are taken in: read, told apart, and looked up where there is a journal or a directory."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import chain
from typing import Any

from pinpoint_users._journal.record import Record
from pinpoint_users._run.actions import Lookup, Read
from pinpoint_users._run.batching import read_entries
from pinpoint_users._run.held import Held, in_batches
from pinpoint_users._run.seen import Seen
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.errors import ValidationError
from pinpoint_users.messages.request import EndpointSendConfiguration

_MAX_JOINED = 10


class Intake:
    """The users whose turn hasn't come, in batches of at most a request's.

    Args:
        tells_apart: Whether a user ID that comes again is passed over.
        forgets: Whether users who are done are let go of, as the journal tells them apart from then on.
        has_journal: Whether a journal is asked, and not a directory alone.
        joins: Whether one look-up at a time is of the users of several requests, as many as have come since the last.
    """

    def __init__(self, *, tells_apart: bool, forgets: bool, has_journal: bool, joins: bool) -> None:
        self.has_ended: bool = False
        """Whether all users were fed."""
        self.seen = Seen(tells_apart=tells_apart, forgets=forgets)
        """All who have come."""
        self.held = Held()
        """Those whom other workers have in hand."""
        self._has_journal = has_journal
        self._joins = joins
        self._is_reading = False
        self._fed = 0
        self._batches: deque[dict[str, EndpointSendConfiguration]] = deque()
        self._lookups: dict[Lookup, None] = {}

    def __bool__(self) -> bool:
        return bool(self._batches)

    def feed(self, entries: list[Any], *, end: bool) -> ValidationError | None:
        """Takes users as they come, and tells what is wrong with some.

        Args:
            entries: User IDs or pairs of an ID and what the user has of its own.
            end: Whether there are no more.
        """
        self._is_reading = False
        self.has_ended = self.has_ended or end
        pairs, fault = read_entries(entries, self._fed)
        self._fed += len(entries)
        parts = [pairs[start : start + MAX_USERS] for start in range(0, len(pairs), MAX_USERS)]
        for batch in chain.from_iterable(map(self.seen.batched, parts)):
            last = self._batches[-1] if self._batches else None
            if last is not None and len(last) + len(batch) <= MAX_USERS and last.keys().isdisjoint(batch):
                last.update(batch)
            else:
                self._batches.append(batch)
        return fault

    def read(self, requests: int = 1) -> Read | None:
        """Users for one request are read ahead, and no further; while a look-up is out, for as many as the next may be of."""
        ahead = max(1, min(requests, _MAX_JOINED)) if self.waits else 1
        if self.has_ended or self._is_reading or len(self._batches) >= ahead:
            return None
        self._is_reading = True
        return Read(MAX_USERS * (ahead - len(self._batches)))

    def take(self) -> dict[str, EndpointSendConfiguration]:
        """The users of a request, who wait no longer."""
        return self._batches.popleft()

    def ask_again(self) -> None:
        """Lets the users be looked up again whom other workers had in hand, before all others."""
        self._batches.extendleft(self.held.take())

    # --- look-ups

    @property
    def is_waiting(self) -> bool:
        """Whether look-ups are out, or other workers have users in hand."""
        return bool(self._lookups or self.held)

    @property
    def requests_looked_up(self) -> int:
        """How many requests the look-ups are of that are out, at least."""
        return sum(-(-len(lookup.batch) // MAX_USERS) for lookup in self._lookups)

    @property
    def waits(self) -> bool:
        """Whether nobody is looked up until a look-up has come back."""
        return self._joins and bool(self._lookups)

    @property
    def first_unread(self) -> Lookup | None:
        """The first look-up that is out and of which the journal's part isn't known."""
        return next((lookup for lookup in self._lookups if lookup.records is None), None)

    def look_up(self, requests: int = _MAX_JOINED, *, claims: bool) -> Lookup:
        """Asks for users.

        Args:
            requests: Of how many requests, at most.
            claims: Whether the run takes them in hand.
        """
        batch = self._batches.popleft()
        most = MAX_USERS * (min(requests, _MAX_JOINED) if self._joins else 1)
        while self._batches and len(batch) + len(self._batches[0]) <= most:
            batch.update(self._batches.popleft())
        lookup = Lookup(batch, claims=claims, records=None if self._has_journal else {})
        self._lookups[lookup] = None
        return lookup

    def found(
        self, lookup: Lookup, records: Mapping[str, Record], now: float, *, holds: bool
    ) -> list[dict[str, EndpointSendConfiguration]] | None:
        """The users of a look-up who are to be taken in, in batches; None if it was given up meanwhile.

        Args:
            lookup: The look-up.
            records: What the journal knows of its users.
            now: The time in seconds.
            holds: Whether those whom other workers have in hand wait for these.
        """
        if not self.come_back(lookup):
            return None
        self.pass_over(lookup.batch, records)
        if holds:
            self.held.put([user_id for user_id, record in records.items() if record.in_hand], lookup.batch, now)
        return in_batches(lookup.batch)

    def pass_over(self, batch: dict[str, EndpointSendConfiguration], records: Mapping[str, Record]) -> None:
        """Leaves out users who came before in this run."""
        again = [user_id for user_id, record in records.items() if record.is_of_this_run]
        for user_id in again:
            del batch[user_id]
        self.seen.duplicates += again
        self.seen.forget(again)

    def come_back(self, lookup: Lookup) -> bool:
        """A look-up is out no longer; False if it was given up meanwhile."""
        return self._lookups.pop(lookup, lookup) is None

    def give_up(self, *, are_read: bool) -> list[Lookup]:
        """Waits no longer for look-ups, and tells which those are.

        Args:
            are_read: Whether only for those of which the journal's part is known.
        """
        given_up = [lookup for lookup in self._lookups if lookup.records is not None or not are_read]
        for lookup in given_up:
            del self._lookups[lookup]
        return given_up
