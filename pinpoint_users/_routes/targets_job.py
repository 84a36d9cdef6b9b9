"""A request to endpoints of users from a directory, whatever the way out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pinpoint_users._requests.jobs import Job, Reading, Readings, User
from pinpoint_users._requests.wire import parse
from pinpoint_users._routes.base import Route, Target
from pinpoint_users._shapes.frozen import FrozenDict, UnfrozenDict
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import BadRequestError, MissingResultError, PinpointUsersError, RequestError
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.user_result import UserResult, quick_result

_NO_TARGETS: Mapping[str, Target] = FrozenDict()
_DELIVERED = DeliveryStatus.SUCCESSFUL


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
        self._counts: dict[User, int] = {}
        """How many endpoints of each user."""
        self._by_user: dict[User, list[str]] | None = None
        counts = self._counts
        for target in targets:
            user = target.user
            counts[user] = counts.get(user, 0) + 1

    @property
    def users(self) -> list[User]:
        """The users whose endpoints these are, each once."""
        return list(self._counts)

    @property
    def user_count(self) -> int:
        """How many users it is for."""
        return len(self._counts)

    def targets_of(self, user: User) -> Sequence[str | None]:
        """The endpoints that it sends to of a user, by ID."""
        if self._by_user is None:  # it is seldom asked for
            self._by_user = {user: [] for user in self._counts}
            for target in self._targets:
                self._by_user[target.user].append(target.endpoint_id)
        return self._by_user[user]

    def body(self) -> bytes:
        """The body of the request."""
        return self._route.body(self.operation, self._targets)

    def read(self, answer: bytes | Mapping[str, Any]) -> Readings:
        """What the answer says of each endpoint."""
        parsed = parse(answer)
        request_id = parsed.get("RequestId")
        results = self._route.results(self.operation, parsed, self._targets)
        done = self._done(results)
        request_id = request_id if isinstance(request_id, str) else None
        if len(done) == len(self._counts):  # as nearly always
            return Readings([], done, request_id)
        closes = self._route.closing_error(self.operation, parsed)
        return Readings(self._readings(results, done), done, request_id, closes=closes)

    def explain(self, error: RequestError) -> Readings | RequestError:
        """What an error says of the endpoints, where it is of them."""
        told = self._route.explain(error, self._targets)
        if isinstance(told, RequestError):
            return told
        refusal = error if isinstance(error, BadRequestError) and self._route.may_be_of_all(error) else None
        return Readings(self._readings([told] * len(self._targets), {}), request_id=error.request_id, refusal=refusal)

    def let_go(self, done: Mapping[str, UserResult]) -> None:
        """Lets go of its users: in a circle with it and their endpoints, each would wait for the garbage collector."""
        for user in self._counts:
            if user.user_id in done:
                user.targets = _NO_TARGETS
        self._targets, self._counts, self._by_user = (), {}, None

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

    def _done(self, results: Sequence[EndpointMessageResult | None]) -> dict[str, UserResult]:
        """The users of whom nothing else is known than that all of their endpoints got it, and nothing is left to do."""
        found: dict[User, Any] = {}
        last: User | None = None
        endpoints: Any = None
        for target, result in zip(self._targets, results, strict=True):
            if result is not None and result.delivery_status is _DELIVERED and result.updated_token is None:
                user = target.user
                if user is not last:  # a user's are side by side; who had some elsewhere wouldn't have all of them here
                    last, endpoints = user, UnfrozenDict()
                    found[user] = endpoints
                endpoints[target.endpoint_id] = result
        done: dict[str, UserResult] = {}
        for user, endpoints in found.items():
            if len(endpoints) == len(user.targets) and user.is_new:
                endpoints.__class__ = FrozenDict
                done[user.user_id] = quick_result(user.user_id, endpoints, user.earlier_attempts + self.attempt)
        return done

    def _readings(self, results: Sequence[EndpointMessageResult | None], done: Mapping[str, UserResult]) -> list[Reading]:
        """What the results say of the users who aren't done."""
        known: dict[User, dict[str, EndpointMessageResult]] = {user: {} for user in self._counts if user.user_id not in done}
        missing: dict[User, list[str]] = {}
        for target, result in zip(self._targets, results, strict=True):
            if target.user not in known:
                continue
            if result is None:
                missing.setdefault(target.user, []).append(target.endpoint_id)
            else:
                known[target.user][target.endpoint_id] = result
        return [
            Reading(user, endpoints, tuple(lost), _missing(lost)) if (lost := missing.get(user)) else Reading(user, endpoints)
            for user, endpoints in known.items()
        ]


def _missing(endpoint_ids: list[str]) -> RequestError:
    which = ", ".join(map(repr, endpoint_ids))
    return MissingResultError(
        f"the answer has nothing that can be read of {which}; the message may have been sent all the same"
    )
