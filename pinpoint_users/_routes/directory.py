"""The router of a run whose users are looked up in a directory: which endpoints are sent to, and by which route."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from operator import itemgetter

import attrs

from pinpoint_users._requests.jobs import Job, Plan, User
from pinpoint_users._routes.base import Route, Target
from pinpoint_users._routes.targets_job import TargetsJob
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.enums import ChannelType, DeliveryStatus
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.results import EndpointMessageResult

NO_ENDPOINT = EndpointMessageResult(
    address="",
    delivery_status=DeliveryStatus.PERMANENT_FAILURE,
    status_code=400,
    status_message="No endpoints found for userId.",
)
"""What Pinpoint said of a user without endpoints, under the empty endpoint ID."""


class DirectoryRouter:
    """The router; `pinpoint_users._routes.base.Router` says what it is.

    Args:
        routes: The way out for each channel that the message has something for.
        closed: Why nothing can go out by some channels.
        first_of: Groups of channels, of which each user gets the message by the first one that reaches; all by default.
    """

    def __init__(
        self,
        routes: Mapping[ChannelType, Route],
        closed: Mapping[ChannelType, str],
        *,
        first_of: Sequence[frozenset[ChannelType]] = (),
    ) -> None:
        self._routes = routes
        self._closed = closed
        self._first_of = first_of

    @property
    def has_choices(self) -> bool:
        """Whether a user may get the message by another channel than the first."""
        return len(self._first_of) > 1

    def plans(self, user: User, configuration: EndpointSendConfiguration, endpoints: Sequence[Endpoint]) -> list[Plan]:
        """What of a user's endpoints is to go: at first, and then if nothing of that could be sent; one at least.

        An address of a channel is sent to once, whatever the number of its endpoints.
        """
        named = _named(endpoints)
        groups = [named]
        if self._first_of:
            groups = [[each for each in named if each[1].channel_type in channels] for channels in self._first_of]
        seen: set[tuple[ChannelType, str]] = set()
        plans = [self._plan(user, configuration, group, seen) for group in groups if group]
        return plans or [Plan({}, {"": NO_ENDPOINT})]

    def _plan(
        self,
        user: User,
        configuration: EndpointSendConfiguration,
        endpoints: Sequence[tuple[str, Endpoint]],
        seen: set[tuple[ChannelType, str]],
    ) -> Plan:
        targets: dict[str, Target] = {}
        results: dict[str, EndpointMessageResult] = {}
        for endpoint_id, endpoint in endpoints:
            target = Target(endpoint_id, user, endpoint, configuration)
            refusal = self._refusal(target)
            if refusal is None:
                key = endpoint.channel_type, endpoint.address
                if key not in seen:
                    seen.add(key)
                    targets[endpoint_id] = target
                    continue
                refusal = not_sent(endpoint, "Duplicate address.", DeliveryStatus.DUPLICATE)
            results[endpoint_id] = refusal
        return Plan(targets, results)

    def _refusal(self, target: Target) -> EndpointMessageResult | None:
        """What Pinpoint said of endpoints that it sent nothing to."""
        endpoint = target.endpoint
        if endpoint.endpoint_status == "INACTIVE":
            return not_sent(endpoint, "Endpoint is inactive.")
        if endpoint.opt_out == "ALL":
            return not_sent(endpoint, "User has opted out.", DeliveryStatus.OPT_OUT)
        route = self._routes.get(endpoint.channel_type)
        if route is not None:
            return route.refusal(target)
        no_message = f"No message for channel {endpoint.channel_type}."
        return not_sent(endpoint, self._closed.get(endpoint.channel_type, no_message))

    def attempts(self, users: list[User], endpoints: list[tuple[str, User]], attempt: int) -> list[Job]:  # noqa: ARG002 - there are none as a whole
        """The requests for endpoints of users, by ID."""
        return self.requests([user.targets[endpoint_id] for endpoint_id, user in endpoints], attempt)

    def requests(self, wanted: Sequence[Target], attempt: int) -> list[Job]:
        """The requests for endpoints."""
        by_route: dict[Route, list[Target]] = {}
        routes = self._routes
        for target in wanted:
            route = routes[target.endpoint.channel_type]
            if route in by_route:
                by_route[route].append(target)
            else:
                by_route[route] = [target]
        return [
            TargetsJob(route, operation, group, attempt)
            for route, targets in by_route.items()
            for operation, group in route.requests(targets)
        ]


def _named(endpoints: Sequence[Endpoint]) -> list[tuple[str, Endpoint]]:
    """A user's endpoints by their IDs.

    Those that share an ID go by their addresses; of an endpoint that is there twice, one that may be sent to counts. Where IDs
    or addresses are shared the order is always the same, as a directory may have another one in the next run with a journal.
    """
    ids = [endpoint.endpoint_id for endpoint in endpoints]
    places = {(endpoint.channel_type, endpoint.address) for endpoint in endpoints}
    if len({*ids}) == len(places) == len(ids):
        return [*zip(ids, endpoints, strict=True)]
    shared = {endpoint_id for endpoint_id, number in Counter(ids).items() if number > 1}
    named: dict[str, Endpoint] = {}
    for endpoint_id, endpoint in zip(ids, endpoints, strict=True):
        key = attrs.evolve(endpoint, id=None).endpoint_id if endpoint_id in shared else endpoint_id
        if key not in named or _is_silent(named[key]):
            named[key] = endpoint
    return sorted(named.items(), key=itemgetter(0))


def _is_silent(endpoint: Endpoint) -> bool:
    return endpoint.endpoint_status == "INACTIVE" or endpoint.opt_out == "ALL"


def not_sent(
    endpoint: Endpoint, message: str, status: DeliveryStatus = DeliveryStatus.PERMANENT_FAILURE
) -> EndpointMessageResult:
    """The result of an endpoint that nothing was sent to."""
    return EndpointMessageResult(address=endpoint.address, delivery_status=status, status_code=400, status_message=message)
