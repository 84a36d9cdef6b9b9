"""What of users goes out who come up for the first time, where their endpoints come from a directory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import Job, Plan, User
from pinpoint_users._requests.preflight import Variables
from pinpoint_users._routes.base import Target
from pinpoint_users._routes.directory import DirectoryRouter
from pinpoint_users._run.admission import next_choice
from pinpoint_users._run.earlier import targets_left
from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users.endpoints import Endpoint
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.results import EndpointMessageResult

_GONE = EndpointMessageResult(
    address="",
    delivery_status=DeliveryStatus.PERMANENT_FAILURE,
    status_code=400,
    status_message="No endpoint found for endpointId.",
)
"""What becomes of an endpoint that an earlier run was about to send to, and that the directory no longer has."""


class ByDirectory:
    """The endpoints of users come from a directory.

    Args:
        policy: What goes again.
        variables: What users must have of their own.
        router: Chooses endpoints, and makes the requests.
    """

    def __init__(self, policy: RetryPolicy, variables: Variables, router: DirectoryRouter) -> None:
        self._policy = policy
        self._variables = variables
        self._router = router

    @property
    def takes_one(self) -> bool:
        """Whether each user is to get the message by one channel of several."""
        return self._router.has_choices

    def is_unfinished(self, record: Record) -> bool:
        """Whether something of a user is still to go, by what the journal knows."""
        if targets_left(record, self._policy, takes_one=self.takes_one):
            return True
        return self.takes_one and User.of(record, None).was_certainly_not_sent_to

    def admit(
        self,
        batch: dict[str, EndpointSendConfiguration],
        records: Mapping[str, Record],
        endpoints: Mapping[str, Sequence[Endpoint]],
    ) -> tuple[list[User], list[Job]]:
        """The users who are done already, and the requests for the others."""
        finished: list[User] = []
        targets: list[Target] = []
        takes_one = self.takes_one
        for user_id, configuration in batch.items():
            record = records.get(user_id)
            user = User(user_id) if record is None else User.of(record, None)
            user.takes_one = takes_one
            if record is not None and not self.is_unfinished(record):
                finished.append(user)
                continue
            plans = self._router.plans(user, configuration, endpoints.get(user_id, ()))
            if record is None:
                wanted = self._begun(user, plans) or next_choice(user)
            else:
                wanted = self._resumed(user, record, plans) or next_choice(user)
            user.error = self._variables.fault(user_id, configuration) if wanted else None
            if user.error is not None or not wanted:
                finished.append(user)
            else:
                targets += [user.targets[endpoint_id] for endpoint_id in wanted]
        return finished, self._router.requests(targets, 1)

    def _begun(self, user: User, plans: list[Plan]) -> Collection[str]:
        """The endpoints of a user of whom nothing is known that are to be sent to now."""
        first, *later = plans
        user.follow(first)
        if later:
            user.later = later
        return user.targets.keys()

    def _resumed(self, user: User, record: Record, plans: list[Plan]) -> list[str]:
        """The same of a user whom an earlier run left unfinished: what it was about to send to, and what goes again.

        An endpoint that the journal doesn't know may be one that it knows, under another ID: it doesn't go, unless it is
        certain that all of those got nothing. Of several plans one goes at a time, as at first.
        """
        if None in record.unknown:
            plan = next((plan for plan in plans if plan.targets), plans[0])
            user.targets, user.unknown = plan.targets, frozenset(plan.targets)
            return list(plan.targets)
        known = record.endpoints.keys() | record.pending | record.unknown
        left = targets_left(record, self._policy, takes_one=self.takes_one)
        unfinished = [plan for plan in plans if not plan.targets.keys().isdisjoint(left)]
        if record.maybe_duplicated:
            del unfinished[:-1]  # what is in doubt can only be the last that was tried
        now: Mapping[str, Any] = unfinished[0].targets if unfinished else {}
        anew = {key: target for plan in unfinished[1:] for key, target in plan.targets.items() if key in left}
        results = {key: result for plan in plans for key, result in plan.results.items()}
        gone = {key: results.get(key, _GONE) for key in record.pending if not any(key in plan.targets for plan in plans)}
        user.targets = {key: target for key, target in now.items() if key in known}
        user.endpoints = {key: result for key, result in {**user.endpoints, **gone}.items() if key not in anew}
        user.later = [
            Plan({key: target for key, target in plan.targets.items() if key in anew or key not in known}, plan.results)
            for plan in plans
            if plan in unfinished[1:] or known.isdisjoint([*plan.targets, *plan.results])
        ]
        return [key for key in user.targets if key in left]
