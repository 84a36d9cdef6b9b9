"""A request to endpoints of users from a directory, whatever the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pinpoint_users._requests.jobs import Job, Reading, Readings, User
from pinpoint_users._requests.wire import parse
from pinpoint_users._routes.base import Route, Target
from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import BadRequestError, MissingResultError, PinpointUsersError, RequestError
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.user_result import UserResult, successful


class TargetsJob(Job):
    """A request by a route.

    Args:
        route: The way out.
        operation: The operation.
        targets: The endpoints.
        attempt: The attempt that it is.
    """

    def __init__(self, route: Route, operation: Operation, targets: Sequence[Target], attempt: int) -> None:
        self.operation = operation
        self.attempt = attempt
        self.lane = route.name
        self.weight = route.weight(targets)
        self._route = route
        self._targets = targets
        self._by_user: dict[User, list[str]] = {}
        for target in targets:
            self._by_user.setdefault(target.user, []).append(target.endpoint_id)

    @property
    def users(self) -> list[User]:
        """The users whose endpoints these are, each once."""
        return list(self._by_user)

    @property
    def user_count(self) -> int:
        """How many users it is for."""
        return len(self._by_user)

    def targets_of(self, user: User) -> Sequence[str | None]:
        """The endpoints that it sends to of a user, by ID."""
        return self._by_user[user]

    def body(self) -> bytes:
        """The body of the request."""
        return self._route.body(self.operation, self._targets)

    def read(self, answer: bytes | Mapping[str, Any]) -> Readings:
        """What the answer says of each endpoint."""
        parsed = parse(answer)
        request_id = parsed.get("RequestId")
        readings = self._readings(self._route.results(self.operation, parsed, self._targets))
        done: dict[str, UserResult] = {}
        others: list[Reading] = []
        for reading in readings:
            user = reading.user
            if reading.error is None and user.is_all_in(self) and all(map(_is_done, reading.endpoints.values())):
                attempts = user.earlier_attempts + self.attempt
                done[user.user_id] = successful(user.user_id, FrozenDict(reading.endpoints), attempts)
            else:
                others.append(reading)
        return Readings(
            others,
            done,
            request_id if isinstance(request_id, str) else None,
            closes=self._route.closing_error(self.operation, parsed),
        )

    def explain(self, error: RequestError) -> Readings | RequestError:
        """What an error says of the endpoints, where it is of them."""
        told = self._route.explain(error, self._targets)
        if isinstance(told, RequestError):
            return told
        refusal = error if isinstance(error, BadRequestError) and self._route.may_be_of_all(error) else None
        return Readings(self._readings([told] * len(self._targets)), request_id=error.request_id, refusal=refusal)

    def narrows(self, error: PinpointUsersError) -> bool:
        """Whether a refusal may be of one endpoint."""
        return type(error) is BadRequestError and len(self._targets) > 1

    def again(self) -> Job:
        """The same, as the next attempt."""
        return TargetsJob(self._route, self.operation, self._targets, self.attempt + 1)

    def halves(self) -> list[Job]:
        """The same in two requests; none if there is but one endpoint."""
        targets, half = self._targets, len(self._targets) // 2
        parts = (targets[:half], targets[half:]) if half else ()
        return [TargetsJob(self._route, self.operation, part, self.attempt) for part in parts]

    def _readings(self, results: Sequence[EndpointMessageResult | None]) -> list[Reading]:
        known: dict[User, dict[str, EndpointMessageResult]] = {user: {} for user in self._by_user}
        missing: dict[User, list[str]] = {}
        for target, result in zip(self._targets, results, strict=True):
            if result is None:
                missing.setdefault(target.user, []).append(target.endpoint_id)
            else:
                known[target.user][target.endpoint_id] = result
        return [
            Reading(user, endpoints, tuple(lost), _missing(lost)) if (lost := missing.get(user)) else Reading(user, endpoints)
            for user, endpoints in known.items()
        ]


def _is_done(result: EndpointMessageResult) -> bool:
    """Whether there is nothing more to do, in the directory either."""
    return result.delivery_status is DeliveryStatus.SUCCESSFUL and result.updated_token is None


def _missing(endpoint_ids: list[str]) -> RequestError:
    which = ", ".join(map(repr, endpoint_ids))
    return MissingResultError(
        f"the answer has nothing that can be read of {which}; the message may have been sent all the same"
    )
