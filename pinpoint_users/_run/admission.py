"""What of users goes out who come up for the first time, by what the journal and the directory know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from pinpoint_users._journal.record import Record
from pinpoint_users._requests.jobs import Job, User
from pinpoint_users._requests.preflight import Variables
from pinpoint_users._requests.wire import Encoder
from pinpoint_users._routes.users_messages import UsersMessages
from pinpoint_users._run.retry import RetryPolicy, retry_targets
from pinpoint_users.messages.request import EndpointSendConfiguration

if TYPE_CHECKING:
    from pinpoint_users.endpoints import Endpoint


class Admission(Protocol):
    """Takes users in."""

    @property
    def takes_one(self) -> bool:
        """Whether each user is to get the message by one channel of several."""
        ...

    def is_unfinished(self, record: Record) -> bool:
        """Whether something of a user is still to go, by what the journal knows."""
        ...

    def admit(
        self,
        batch: dict[str, EndpointSendConfiguration],
        records: Mapping[str, Record],
        endpoints: Mapping[str, Sequence[Endpoint]],
    ) -> tuple[list[User], list[Job]]:
        """The users who are done already, and the requests for the others.

        Args:
            batch: At most 100 users; those who go out as they are stay in it.
            records: What the journal knows of them.
            endpoints: What the directory knows of them.
        """
        ...


class ByService:
    """The service looks up the endpoints of users.

    Args:
        policy: What goes again.
        variables: What users must have of their own.
        router: Makes the requests.
        encoder: Writes what users have of their own.
    """

    takes_one = False

    def __init__(self, policy: RetryPolicy, variables: Variables, router: UsersMessages, encoder: Encoder) -> None:
        self._policy = policy
        self._variables = variables
        self._router = router
        self._encoder = encoder

    def is_unfinished(self, record: Record) -> bool:
        """Whether something of a user is still to go, by what the journal knows."""
        return bool(retry_targets(self._policy, record.endpoints, record.unknown))

    def admit(
        self,
        batch: dict[str, EndpointSendConfiguration],
        records: Mapping[str, Record],
        endpoints: Mapping[str, Sequence[Endpoint]],  # noqa: ARG002 - the service has them
    ) -> tuple[list[User], list[Job]]:
        """The users who are done already, and the requests for the others."""
        finished: list[User] = []
        known = {user_id: batch.pop(user_id) for user_id in records if user_id in batch}
        for user_id, fault in self._variables.faults(batch).items():
            del batch[user_id]
            finished.append(User(user_id, error=fault))
        whole: list[User] = []
        targets: list[tuple[str, User]] = []
        own = self._encoder.recipients(known)
        for user_id, configuration in known.items():
            user = User.of(records[user_id], own[user_id])
            wanted = retry_targets(self._policy, user.endpoints, user.unknown)
            user.error = self._variables.fault(user_id, configuration) if wanted else None
            if user.error is not None or not wanted:
                finished.append(user)
            elif None in wanted:
                whole.append(user)
            else:
                targets += [(endpoint_id, user) for endpoint_id in wanted if endpoint_id is not None]
        if whole and batch:
            whole += [User(user_id, own) for user_id, own in self._encoder.recipients(batch).items()]
            batch = {}
        jobs = self._router.attempts(whole, targets, 1)
        return finished, [*([self._router.first_attempt(batch)] if batch else []), *jobs]


def next_choice(user: User) -> list[str]:
    """The endpoints of a user that are to be sent to now that it is certain that the ones before got nothing."""
    while user.later and user.was_certainly_not_sent_to:
        user.error = None
        first, *user.later = user.later
        user.follow(first)
        if user.pending:
            return user.pending
    return []
