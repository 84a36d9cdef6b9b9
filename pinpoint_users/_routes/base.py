"""What makes the requests of a run: a router, and, where users are looked up in a directory, a route for each way out.

They know nothing of retries, journals, rates or threads; what the answers to their requests say, the requests read themselves.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from pinpoint_users._requests.jobs import Job, User
from pinpoint_users._transport.base import Operation
from pinpoint_users.errors import BadRequestError, ConfigurationError, RequestError
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.results import EndpointMessageResult

if TYPE_CHECKING:
    from pinpoint_users.endpoints import Endpoint


class Router(Protocol):
    """Turns users, or endpoints of users, into requests within the limits of the way out."""

    def attempts(self, users: list[User], endpoints: list[tuple[str, User]], attempt: int) -> list[Job]:
        """The requests for users as a whole and for single endpoints of users, by ID."""
        ...


@attrs.define(eq=False, repr=False)  # not frozen, as there is one for each message
class Target:
    """One endpoint of a user from a directory, and what it gets."""

    endpoint_id: str
    user: User
    endpoint: Endpoint
    configuration: EndpointSendConfiguration
    """What the user has of its own."""
    made: Any = None
    """What the route has made for it and keeps until it goes out, if anything."""

    @property
    def shape(self) -> Mapping[str, Any]:
        """The endpoint in AWS's shape, with its user, whatever the directory says of one."""
        return _EndpointShape(self)


class _EndpointShape(Mapping[str, Any]):
    """An endpoint in AWS's shape, made when something of it is needed: most messages have no more than substitutions."""

    __slots__ = ("_made", "_target")

    def __init__(self, target: Target) -> None:
        self._target = target
        self._made: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:
        return self._shape[name]

    def __contains__(self, name: object) -> bool:
        return name in self._shape

    def __iter__(self) -> Iterator[str]:
        return iter(self._shape)

    def __len__(self) -> int:
        return len(self._shape)

    @property
    def _shape(self) -> dict[str, Any]:
        if self._made is None:
            self._made = self._target.endpoint.to_dict()
            self._made["User"] = {"UserId": self._target.user.user_id, **self._made.get("User", {})}
        return self._made


class Route(abc.ABC):
    """A way out to addresses: one operation of AWS's, or two, with one pace."""

    name: str
    """Its name; the same for all requests that share a pace."""

    @abc.abstractmethod
    def refusal(self, target: Target) -> EndpointMessageResult | None:
        """Why nothing can be sent to a target, known before a send; None if something can."""

    @abc.abstractmethod
    def requests(self, targets: Sequence[Target]) -> list[tuple[Operation, list[Target]]]:
        """The targets of one request each, within the limits of its operation."""

    @abc.abstractmethod
    def body(self, operation: Operation, targets: Sequence[Target]) -> bytes:
        """The body of a request.

        Raises:
            PayloadTooLargeError: It would be larger than the service takes.
        """

    @abc.abstractmethod
    def results(
        self, operation: Operation, answer: Mapping[str, Any], targets: Sequence[Target]
    ) -> Sequence[EndpointMessageResult | None]:
        """What an answer says of each target, in their order; None of one that it doesn't tell of, or that can't be read."""

    def closing_error(self, operation: Operation, answer: Mapping[str, Any]) -> ConfigurationError | None:  # noqa: ARG002 - others' answers say it
        """Why nothing more is to go by this way, where an answer that has results says so; None if it doesn't."""
        return None

    @abc.abstractmethod
    def explain(self, error: RequestError, targets: Sequence[Target]) -> EndpointMessageResult | RequestError:
        """What an error says: the result of each target if it is theirs, or the error, more exactly where that can be."""

    def may_be_of_all(self, error: BadRequestError) -> bool:
        """Whether what `explain` takes for a single recipient's fault may be one of all recipients."""
        return type(error) is BadRequestError

    def weight(self, targets: Sequence[Target]) -> int:  # noqa: ARG002 - others' targets need to be counted
        """What a request for targets counts for in a rate: more than 1 where the way out doesn't count requests."""
        return 1
