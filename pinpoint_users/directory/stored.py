"""What all stores of endpoints do alike: the rules, import and export."""

from __future__ import annotations

import abc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import IO, Any

from typing_extensions import Self

from pinpoint_users._shapes.converters import kind
from pinpoint_users.directory._exporting import write_export
from pinpoint_users.directory._files import lines_of_file
from pinpoint_users.directory.importing import Importer, ImportReport, Line, lines_of_application, lines_of_endpoints
from pinpoint_users.directory.rules import Changes, Plan, Wanted, faults_of, folded, renewed, retired, user_id_of, with_id
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.errors import Fault, ValidationError


class StoredDirectory(abc.ABC):
    """A directory that keeps endpoints, under the rules of Pinpoint's own store. Every method may be called from any thread.

    A user has at most 15 endpoints: a sixteenth is refused, or, on most push channels, takes the place of the user's
    oldest push endpoint, which becomes INACTIVE and loses its user. An address is active once a channel: another endpoint that
    has it becomes INACTIVE. IDs are the same in upper and lower case. Names have at most 50 characters, values 100, an
    attribute at most 50 values, an endpoint 15 KB.

    Use it as a context manager, or `close()` it.
    """

    BATCH: int = 1_000
    """How many endpoints an import writes at a time."""
    _at_once: int = sys.maxsize
    """How many endpoints can be changed all or none."""

    # --- what a store does by itself

    @abc.abstractmethod
    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of at most 100 users, by user ID; users without endpoints are absent.

        Raises:
            DirectoryError: They can't be read.
        """

    @abc.abstractmethod
    def endpoints(self) -> Iterator[Endpoint]:
        """Every endpoint, in constant memory; those without a user too.

        Raises:
            DirectoryError: They can't be read.
        """

    @abc.abstractmethod
    def user_ids(self) -> Iterator[str]:
        """Every user's ID, each once, in constant memory: `pinpoint.send(message, directory.user_ids())`.

        Stores keep an order of their own, which means nothing. Users who come while it is read may be missing.

        Raises:
            DirectoryError: They can't be read.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Lets go of what is open."""

    @abc.abstractmethod
    def _update(self, wanted: Wanted, decide: Callable[[list[Endpoint]], Changes]) -> None:
        """Reads what is wanted, and writes what `decide` makes of it, with nobody in between; `decide` may be called again."""

    # --- what all do alike

    def put(self, endpoints: Iterable[Endpoint], /) -> None:
        """Stores endpoints, each in place of the one with its ID; one without an ID gets that of its channel and address.

        Args:
            endpoints: Any number, which are stored all or none.

        Raises:
            ValidationError: What is wrong with which endpoint, or that a user has as many as there may be.
            DirectoryError: They can't be written.
        """
        offered = _checked(endpoints)
        for start in range(0, len(offered), self._at_once):
            self._put_some(offered[start : start + self._at_once], start)

    def _put_some(self, offered: list[Endpoint], start: int) -> None:
        def decide(known: list[Endpoint]) -> Changes:
            plan = Plan(known)
            refusals = [(index, plan.put(endpoint)) for index, endpoint in enumerate(offered, start)]
            faults = [Fault(f"[{index}].User.UserId", problem) for index, problem in refusals if problem]
            if faults:
                raise ValidationError("endpoints", faults)
            return plan.changed

        self._update(Wanted.for_putting(offered), decide)

    def delete(self, *endpoint_ids: str) -> None:
        """Deletes endpoints; an ID that isn't there is passed over.

        Raises:
            DirectoryError: They can't be deleted.
        """
        keys = list(dict.fromkeys(map(folded, endpoint_ids)))
        for start in range(0, len(keys), self._at_once):
            self._delete_some(frozenset(keys[start : start + self._at_once]))

    def _delete_some(self, keys: frozenset[str]) -> None:
        # A store may know more than was wanted of it.
        self._update(Wanted(keys=keys), lambda known: dict.fromkeys(_keys_of(known) & keys))

    def delete_user(self, user_id: str, /) -> None:
        """Deletes all endpoints of a user.

        Raises:
            DirectoryError: They can't be deleted.
        """

        def decide(known: list[Endpoint]) -> Changes:
            return dict.fromkeys(_keys_of(endpoint for endpoint in known if user_id_of(endpoint) == user_id))

        self._update(Wanted(user_ids=frozenset([user_id])), decide)

    def retire(self, endpoint_id: str, token: str, /) -> bool:
        """Makes an endpoint INACTIVE whose token is dead, if the token still is the address that is stored.

        Returns:
            Whether it was made inactive.

        Raises:
            DirectoryError: It can't be written.
        """
        return self._change(endpoint_id, None, lambda endpoint: retired(endpoint, token))

    def renew(self, endpoint_id: str, old: str, new: str, /) -> bool:
        """Gives an endpoint its new token, if the old one still is the address that is stored.

        Returns:
            Whether it was given.

        Raises:
            DirectoryError: It can't be written.
        """
        return self._change(endpoint_id, new, lambda endpoint: renewed(endpoint, old, new))

    def _change(self, endpoint_id: str, address: str | None, change: Callable[[Endpoint], Endpoint | None]) -> bool:
        key = folded(endpoint_id)
        done = False

        def decide(known: list[Endpoint]) -> Changes:
            nonlocal done
            stored = next((endpoint for endpoint in known if folded(endpoint.endpoint_id) == key), None)
            changed = stored and change(stored)
            done = changed is not None
            plan = Plan(known)
            if changed is not None:
                plan.put(changed)
            return plan.changed

        self._update(Wanted(keys=frozenset([key]), addresses=frozenset() if address is None else frozenset([address])), decide)
        return done

    def import_file(self, file: str | os.PathLike[str] | IO[bytes], /) -> ImportReport:
        """Imports what Pinpoint has exported, or what `CreateImportJob` takes: JSON lines or CSV, plain or gzip, by content.

        A bad line is told and costs itself only. What is stored stays where it is at least as new (`EffectiveDate`), so that a
        second import changes nothing; an import that was killed is begun again from the start. A line without a date takes the
        place of what differs, but makes nothing active that is inactive.

        Args:
            file: A path, or a file that is open for reading bytes.

        Returns:
            What was imported, what was there already, and the bad lines.

        Raises:
            OSError: It can't be read.
            DirectoryError: The endpoints can't be written.
        """
        return self._import(lines_of_file(file))

    def import_endpoints(self, endpoints: Iterable[Endpoint], /) -> ImportReport:
        """Imports any number of endpoints, in constant memory, as `import_file` does.

        Raises:
            DirectoryError: They can't be written.
        """
        return self._import(lines_of_endpoints(endpoints))

    def import_application(
        self, client: Any, application_id: str, user_ids: Iterable[str], *, requests_per_second: float = 300
    ) -> ImportReport:
        """Imports the endpoints of a live application, with one `GetUserEndpoints` a user.

        Args:
            client: A boto3 client of `pinpoint`.
            application_id: The application.
            user_ids: The users to ask for, any number.
            requests_per_second: How many are asked for in a second; the default is AWS's quota of an account.

        Returns:
            What was imported, with the users who could not be asked for among the faults.

        Raises:
            DirectoryError: The endpoints can't be written.
        """
        return self._import(lines_of_application(client, application_id, user_ids, requests_per_second))

    def _import(self, lines: Iterable[Line]) -> ImportReport:
        return Importer(self._update, self.BATCH).run(lines)

    def export_file(self, path: str | os.PathLike[str], /) -> int:
        """Writes every endpoint as Pinpoint exports them: one JSON object a line; gzip if the name ends in `.gz`.

        The file is there when it is whole.

        Returns:
            How many endpoints it has.

        Raises:
            OSError: It can't be written.
            DirectoryError: The endpoints can't be read.
        """
        return write_export(path, self.endpoints())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _keys_of(endpoints: Iterable[Endpoint]) -> set[str]:
    return {folded(endpoint.endpoint_id) for endpoint in endpoints}


def _checked(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Endpoints with their IDs.

    Raises:
        ValidationError: What is wrong with which.
    """
    offered: list[Endpoint] = []
    faults: list[Fault] = []
    for index, endpoint in enumerate(endpoints):
        if isinstance(endpoint, Endpoint):
            found = faults_of(endpoint)
            faults += [Fault(f"[{index}]{'.' if fault.path else ''}{fault.path}", fault.problem) for fault in found]
            offered.append(endpoint if found else with_id(endpoint))
        else:
            faults.append(Fault(f"[{index}]", f"must be Endpoint, not {kind(endpoint)}"))
    if faults:
        raise ValidationError("endpoints", faults)
    return offered
