"""What a run is made of, where its users' endpoints come from a directory. Imported by those who have one."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from pinpoint_users._rate.limiter import Limit
from pinpoint_users._requests.prepared import Prepared
from pinpoint_users._routes.directory import DirectoryRouter
from pinpoint_users._routes.table import RouteTable, WaysOut
from pinpoint_users._run.assembly import NewLimit
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.directory_admission import ByDirectory
from pinpoint_users._run.directory_desk import DirectoryDesk
from pinpoint_users._run.lanes import Lanes
from pinpoint_users._run.ledger import Ledger
from pinpoint_users._run.pacing import Pace
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._transport.services import Service
from pinpoint_users.directory.interface import Directory, as_directory
from pinpoint_users.enums import ChannelType
from pinpoint_users.routes import Routes


@attrs.frozen
class CheckedDirectory:
    """A directory and the ways out, which a client's transport is opened for."""

    _desk: DirectoryDesk
    _table: RouteTable

    @classmethod
    def of(cls, directory: Directory, routes: Routes | None, *, keeps: bool) -> CheckedDirectory:
        """What a client was given.

        Args:
            directory: The directory.
            routes: The settings of the ways out.
            keeps: Whether the directory is told of tokens.

        Raises:
            ValidationError: What is wrong with it.
        """
        return cls(DirectoryDesk(as_directory(directory), keeps=keeps), RouteTable(routes))

    @property
    def clients(self) -> Mapping[Service, Any]:
        """The caller's own boto3 clients."""
        return self._table.clients

    def look_up(
        self, requests_per_second: float | None, max_send_rate: Callable[[], float | None], new_limit: NewLimit
    ) -> DirectoryLookUp:
        """What makes the client's runs, whose arguments are `DirectoryLookUp`'s."""
        return DirectoryLookUp(self._desk, self._table, requests_per_second, max_send_rate, new_limit)


class DirectoryLookUp:
    """The users of the runs are looked up in a directory.

    Args:
        desk: The directory.
        table: Which way each channel goes.
        requests_per_second: The bound of each way out that has none of its own, of all runs together.
        max_send_rate: Asks SES for the most recipients a second.
        new_limit: Makes the rate of a way out.
    """

    def __init__(
        self,
        desk: DirectoryDesk,
        table: RouteTable,
        requests_per_second: float | None,
        max_send_rate: Callable[[], float | None],
        new_limit: NewLimit,
    ) -> None:
        self.desk: DirectoryDesk | None = desk
        self._table = table
        self._max_send_rate = max_send_rate
        self._new_limit = new_limit
        self._requests_per_second = requests_per_second
        self.renew()

    def renew(self) -> None:
        """In a child process, begins anew."""
        self._last: tuple[Prepared, WaysOut] | None = None
        self._limits: dict[str, Limit] = {}

    def core(
        self,
        prepared: Prepared,
        policy: RetryPolicy,
        first_of: Sequence[frozenset[ChannelType]],
        *,
        has_journal: bool,
        keeps_results: bool,
        **how: Any,
    ) -> RunCore:
        """The core of a run."""
        policy = attrs.evolve(policy, scope="endpoint")  # there is no other to send to again
        ways = self._ways_out(prepared)
        router = DirectoryRouter(ways.routes, ways.closed, first_of=first_of)
        ledger = Ledger(policy, ByDirectory(policy, prepared.variables, router), router, has_journal=has_journal)
        names = {route.name for route in ways.routes.values()}
        lanes = Lanes({name: Pace(policy, self._limits[name], random.random) for name in names})
        return RunCore(ledger, lanes, has_journal=has_journal, has_directory=True, keeps_results=keeps_results, **how)

    def _ways_out(self, prepared: Prepared) -> WaysOut:
        """The ways out of a message; whoever sends one-time passwords sends the same again and again."""
        last = self._last  # another thread may put another message's there meanwhile
        if last is not None and last[0] is prepared:
            return last[1]
        ways = self._table.routes_of(prepared.common, self._requests_per_second, self._max_send_rate, prepared.channels)
        for name, bounds in ways.bounds.items():
            if name not in self._limits:
                self._limits.setdefault(name, self._new_limit(name, *bounds))
        self._last = prepared, ways
        return ways
