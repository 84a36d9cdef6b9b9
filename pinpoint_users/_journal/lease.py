"""A worker of a run, as others see it: it has a lease that it prolongs as long as its process lives."""

from __future__ import annotations

import threading
import weakref
from contextlib import suppress

from pinpoint_users._journal import schema
from pinpoint_users._postgres import PostgresConnection

SECONDS = 30.0
"""How long a lease lasts, by the server's clock."""
_RENEWALS = 3
_ATTEMPTS = 30
"""How often, within a lease, one is tried that fails."""
_CLOSING = 1.0


class Lease:
    """The lease of a worker, until `end`, or until nobody refers to this object any more.

    Args:
        connection: The worker's connection, which it closes.
        run: The run's number.
    """

    def __init__(self, connection: PostgresConnection, run: int) -> None:
        given = {"run": run, "lease": SECONDS}
        (worker,) = connection.use(lambda opened: opened.execute(schema.ADD_WORKER, given).fetchone())
        self.of = {**given, "me": worker}
        """What statements are given: `run`, `me` and `lease`."""
        texts = {**self.of, "keys": "$1::text", "lines": "$2::text"}
        self.claim, self.peek, self.write = (sql % texts for sql in (schema.CLAIM, schema.PEEK, schema.WRITE))
        lives = threading.Lock()  # whose `release` may strike anywhere, in a collection of garbage too
        lives.acquire()
        connection.use(lambda opened: opened.execute(schema.RENEW, self.of))
        self._end = weakref.finalize(self, lives.release)
        self._thread = threading.Thread(
            target=_live, args=(connection, self.of, lives), name="pinpoint-users-journal", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """Leaves to others what is in hand. A server that is away isn't waited for."""
        self._end()
        self._thread.join(_CLOSING)


def _live(connection: PostgresConnection, of: dict[str, float], lives: threading.Lock) -> None:
    times = _RENEWALS
    while not lives.acquire(timeout=of["lease"] / times):
        times = _ATTEMPTS
        with suppress(connection.errors):  # whether the lease stands is found where it matters
            connection.use(lambda opened: opened.execute(schema.RENEW, of))
            times = _RENEWALS
    with suppress(connection.errors):
        connection.use(lambda opened: opened.execute(schema.END_WORKER, of))
    connection.close()
