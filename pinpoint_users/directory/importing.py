"""Importing endpoints: batch by batch, each line by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import attrs

from pinpoint_users._clock import monotonic
from pinpoint_users._shapes.converters import kind
from pinpoint_users.directory.rules import Changes, Plan, Wanted, faults_of, unsendable, with_id
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.errors import ValidationError

MAX_FAULTS = 1_000
"""Faults that a report keeps; the others are counted."""
_SHOWN = 5
"""Lines of each kind that a report shows as text."""
_THREADS = 8
_CHUNK = 64

Update: TypeAlias = Callable[[Wanted, Callable[[list[Endpoint]], Changes]], None]


class Line(NamedTuple):
    """A line of what is imported: an endpoint, or what is wrong."""

    source: str
    number: int
    endpoint: Endpoint | None = None
    problem: str = ""


@attrs.frozen(kw_only=True)
class ImportFault:
    """A line that was not imported, or not all of it; or one whose endpoint nothing can be sent to."""

    file: str
    """The file's name, or what else was imported."""
    line: int
    """The number of the line, from 1; of an application's or a program's endpoints, how many came up to it."""
    problem: str
    """What is wrong, and what to do. No address and no value is in it."""

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.problem}"


@attrs.frozen(kw_only=True)
class ImportReport:
    """What an import did."""

    imported: int = 0
    """Endpoints that were stored."""
    unchanged: int = 0
    """Endpoints that were there already, as new or newer."""
    made_inactive: int = 0
    """Endpoints that are inactive since a later one has their address, or has taken their place among the user's fifteen."""
    faulty: int = 0
    """Faults in all."""
    faults: tuple[ImportFault, ...] = ()
    """The first thousand of them, in the order of the lines."""
    unsendable: int = 0
    """Endpoints that are stored, or were, and that nothing can be sent to: a phone number that isn't in E.164, an e-mail
    address without an @, either of them in the place of a device's token."""
    unsendable_lines: tuple[ImportFault, ...] = ()
    """The first thousand of them, in the order of the lines, each with what is wrong with its address."""

    def __str__(self) -> str:
        read = self.imported + self.unchanged + self.faulty
        counts = [f"{self.imported:,} imported", f"{self.unchanged:,} unchanged"]
        counts += [f"{self.made_inactive:,} made inactive"] if self.made_inactive else []
        parts = [f"{read:,} read: {', '.join(counts)}"]
        parts += _told("not imported, or not all of it", self.faulty, self.faults)
        parts += _told("kept, though nothing can be sent there", self.unsendable, self.unsendable_lines)
        return "\n".join(parts)


def _told(what: str, count: int, lines: tuple[ImportFault, ...]) -> Iterator[str]:
    if count:
        yield f"{count:,} {what}:"
        yield from (f"  {line}" for line in lines[:_SHOWN])
    if count > _SHOWN:
        yield f"  … and {count - _SHOWN:,} more"


class Importer:
    """Reads lines, and hands their endpoints to a store in batches.

    Args:
        update: The store's `_update`.
        batch: How many endpoints are written at a time.
    """

    def __init__(self, update: Update, batch: int) -> None:
        self._update = update
        self._batch = batch
        self._imported = self._unchanged = self._made_inactive = self._faulty = self._unsendable = 0
        self._faults: list[ImportFault] = []
        self._unsendable_lines: list[ImportFault] = []

    def run(self, lines: Iterable[Line]) -> ImportReport:
        """Imports all lines."""
        lines = iter(lines)
        while batch := list(islice(lines, self._batch)):
            self._write(batch)
        return ImportReport(
            imported=self._imported,
            unchanged=self._unchanged,
            made_inactive=self._made_inactive,
            faulty=self._faulty,
            faults=tuple(self._faults),
            unsendable=self._unsendable,
            unsendable_lines=tuple(self._unsendable_lines),
        )

    def _write(self, batch: list[Line]) -> None:
        endpoints: dict[int, Endpoint] = {}
        problems: dict[int, str] = {}
        for index, line in enumerate(batch):
            if line.endpoint is None:
                problems[index] = line.problem
            elif faults := faults_of(line.endpoint):
                problems[index] = "; ".join(map(str, faults))
            else:
                endpoints[index] = with_id(line.endpoint)
        verdicts: dict[int, str | bool] = {}
        made_inactive = 0

        def decide(known: list[Endpoint]) -> Changes:
            nonlocal made_inactive
            plan = Plan(known)
            for index, endpoint in endpoints.items():
                verdicts[index] = plan.offer(endpoint)
            made_inactive = plan.made_inactive
            return plan.changed

        if endpoints:
            self._update(Wanted.for_putting(endpoints.values()), decide)
        self._made_inactive += made_inactive
        problems |= {index: f"User.UserId: {verdict}" for index, verdict in verdicts.items() if isinstance(verdict, str)}
        for index in sorted(problems):
            self._faulty += 1
            _keep(self._faults, batch[index], problems[index])
        for index, endpoint in endpoints.items():
            problem = None if index in problems else unsendable(endpoint)
            if problem is not None:
                self._unsendable += 1
                _keep(self._unsendable_lines, batch[index], f"Address: {problem}")
        done = list(verdicts.values())
        self._imported += done.count(True)
        self._unchanged += done.count(False)


def _keep(kept: list[ImportFault], line: Line, problem: str) -> None:
    """Keeps what is told of a line, if it is among the first."""
    if len(kept) < MAX_FAULTS:
        kept.append(ImportFault(file=line.source, line=line.number, problem=problem))


def lines_of_endpoints(endpoints: Iterable[Endpoint]) -> Iterator[Line]:
    """The lines of endpoints that a program has."""
    for number, endpoint in enumerate(endpoints, 1):
        if isinstance(endpoint, Endpoint):
            yield Line("endpoints", number, endpoint)
        else:
            yield Line("endpoints", number, problem=f"must be Endpoint, not {kind(endpoint)}")


def lines_of_application(
    client: Any, application_id: str, user_ids: Iterable[str], requests_per_second: float
) -> Iterator[Line]:
    """The lines of the endpoints of an application's users."""

    def look_up(user_id: str) -> list[Mapping[str, Any]] | Exception:
        try:
            answer = client.get_user_endpoints(ApplicationId=application_id, UserId=user_id)
        except Exception as error:  # noqa: BLE001 - boto3's, told or raised below
            return error
        return list(answer["EndpointsResponse"]["Item"])

    user_ids = iter(user_ids)
    pace = _Pace(requests_per_second)
    number = 0
    with ThreadPoolExecutor(_THREADS) as pool:
        while chunk := list(islice(user_ids, _CHUNK)):
            for found in [pool.submit(look_up, user_id) for user_id in chunk if pace.wait()]:
                number += 1
                items = found.result()
                if isinstance(items, Exception):
                    yield _line_of_error(number, items)
                else:
                    for item in items:
                        yield read_line("user", number, item)


def _line_of_error(number: int, error: Exception) -> Line:
    """The line of a user who could not be asked for.

    Raises:
        Exception: The error, if it isn't this user's.
    """
    response = getattr(error, "response", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if status not in {404, 429, 500, 502, 503, 504}:
        raise error
    remedy = "the user isn't known" if status == 404 else "ask for this user again"
    return Line("user", number, problem=f"{response.get('Error', {}).get('Code')} ({status}): {remedy}")


class _Pace:
    """Lets so many through in a second."""

    def __init__(self, per_second: float) -> None:
        self._interval = 1 / per_second
        self._next = monotonic()

    def wait(self) -> bool:
        """Waits until the next one may go."""
        time.sleep(max(0, self._next - monotonic()))
        self._next = max(self._next, monotonic()) + self._interval
        return True


def read_line(source: str, number: int, data: Any) -> Line:
    """The line of an endpoint in AWS's shape, whose channel may be in lower case."""
    if isinstance(data, Mapping) and isinstance(data.get("ChannelType"), str):
        data = {**data, "ChannelType": data["ChannelType"].upper()}
    try:
        return Line(source, number, Endpoint.from_dict(data))
    except ValidationError as error:
        return Line(source, number, problem="; ".join(map(str, error.faults)))
