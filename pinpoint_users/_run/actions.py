"""What the core of a run says is to be done; `Persist`, which the ledger makes, is one of them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import Job
from pinpoint_users._run.ledger import Persist
from pinpoint_users.messages.request import EndpointSendConfiguration


@attrs.frozen(eq=False)
class Read:
    """Read users, at most so many, and `feed` them."""

    count: int


@attrs.define(eq=False)
class Lookup:
    """Ask what the journal and the directory know of these users, and tell `found`, or `not_found` if one can't be read."""

    batch: dict[str, EndpointSendConfiguration]
    claims: bool
    """Whether the run takes them in hand, so that no other worker with the same journal sends to them."""
    records: Mapping[str, Record] | None = None
    """What the journal knows of them, once it is known."""


@attrs.frozen(eq=False)
class Send:
    """Carry this request, and tell `answered`."""

    job: Job


@attrs.frozen(eq=False)
class Wait:
    """Nothing is to be done before this time, unless something is told."""

    until: float


@attrs.frozen(eq=False)
class Done:
    """Every user who was fed is in `results`."""


Action: TypeAlias = Read | Lookup | Persist | Send | Wait | Done
