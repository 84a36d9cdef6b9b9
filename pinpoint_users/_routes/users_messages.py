"""The way out through Pinpoint's endpoint store: `SendUsersMessages`, and `SendMessages` for single endpoints of users."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from pinpoint_users._requests.jobs import Job, Reading, Readings, User
from pinpoint_users._requests.wire import Encoder, has_plain_texts, parse
from pinpoint_users._shapes.json_text import read_json
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import DeliveryStatus
from pinpoint_users.errors import MissingResultError, RequestError, UnreadableResponseError, ValidationError
from pinpoint_users.messages.request import EndpointSendConfiguration
from pinpoint_users.responses import SendUsersMessageResponse
from pinpoint_users.results import EndpointMessageResult
from pinpoint_users.user_result import pack_successful, read_successful


class UsersMessages:
    """The router; `pinpoint_users._routes.base.Router` says what it is.

    Args:
        encoder: Writes the bodies.
        packs: Whether results are packed where they can be, as for a report.
    """

    def __init__(self, encoder: Encoder, *, packs: bool = False) -> None:
        self._encoder = encoder
        self._packs = packs

    def first_attempt(self, users: Mapping[str, EndpointSendConfiguration]) -> Job:
        """A `SendUsersMessages` request for at most 100 users of whom nothing is known."""
        return UsersJob(self._encoder, users, packs=self._packs)

    def attempts(self, users: list[User], endpoints: list[tuple[str, User]], attempt: int) -> list[Job]:
        """A `SendUsersMessages` request for at most 100 users as a whole, and `SendMessages` requests for single endpoints."""
        jobs: list[Job] = []
        if users:
            jobs.append(UsersJob.of(self._encoder, users, attempt))
        jobs += (EndpointsJob(self._encoder, group, attempt) for group in _groups(endpoints))
        return jobs


class UsersJob(Job):
    """A `SendUsersMessages` request: users, with all of their endpoints."""

    operation: Operation = "SendUsersMessages"

    def __init__(
        self, encoder: Encoder, configurations: Mapping[str, EndpointSendConfiguration], *, packs: bool = False
    ) -> None:
        self._encoder = encoder
        self._packs = packs
        self.attempt = 1
        self.user_ids: Collection[str] = tuple(configurations)
        self._configurations = configurations
        self._own: dict[str, Any] | None = None
        self._body = b""
        self._known: list[User] | None = None

    @classmethod
    def of(cls, encoder: Encoder, users: list[User], attempt: int) -> UsersJob:
        """A request for users of whom something is known."""
        job = cls(encoder, {})
        job.attempt = attempt
        job.user_ids = tuple(user.user_id for user in users)
        job._own = {user.user_id: user.own for user in users}
        job._known = users
        return job

    @property
    def users(self) -> list[User]:
        """The users, of whom something is now to be known."""
        if self._known is None:
            own = self._own_of_users()
            self._known = [User(user_id, own.get(user_id), jobs=(self,)) for user_id in self.user_ids]
        return self._known

    @property
    def user_count(self) -> int:
        """How many users it is for."""
        return len(self.user_ids)

    @property
    def unrecorded(self) -> Collection[str]:
        """The users, by ID, if nothing is known of any of them yet."""
        return self.user_ids if self._known is None else ()

    def targets_of(self, user: User) -> Sequence[str | None]:  # noqa: ARG002 - the other kind of request needs to know
        """None: the user as a whole."""
        return (None,)

    def body(self) -> bytes:
        """The body of the request.

        Once it is written, the users' configurations aren't kept, as the body has them too. Few are needed again, and objects
        that outlive a round of the garbage collector make the next ones longer, which took a fifth of a run's time.
        """
        if self._body:
            return self._body
        if self._own is None:
            self._own = self._encoder.recipients(self._configurations)
        self._body = self._encoder.body("Users", self._own)
        self._configurations, self._own = {}, None
        return self._body

    def again(self) -> Job:
        """The same, as the next attempt."""
        return UsersJob.of(self._encoder, self.users, self.attempt + 1)

    def halves(self) -> list[Job]:
        """The same in two requests; none if there is but one user."""
        users, half = self.users, self.user_count // 2
        return [UsersJob.of(self._encoder, part, self.attempt) for part in (users[:half], users[half:])] if half else []

    def read(self, answer: bytes | Mapping[str, Any]) -> Readings:
        """What the answer says of each user, who may be missing."""
        parsed = parse(answer)
        results = _mapping(parsed, "Result")
        if results and results.keys().isdisjoint(self.user_ids):
            raise _unreadable("Result", "names none of the users of the request")
        if self._known is not None:
            read = [_read_user(user, _with_all(user, results.get(user.user_id))) for user in self._known]
            return Readings(read, request_id=_request_id(parsed))
        left = self.user_ids
        packed = pack_successful(left, results, has_plain_texts=has_plain_texts(answer)) if self._packs else {}
        if packed:
            left = [user_id for user_id in left if user_id not in packed]
        done = read_successful(left, results, attempts=self.attempt)
        others: list[Reading] = []
        if len(done) < len(left):
            own = self._own_of_users()
            others = [
                _read_user(User(user_id, own.get(user_id)), results.get(user_id)) for user_id in left if user_id not in done
            ]
        return Readings(others, done, _request_id(parsed), packed)

    def _own_of_users(self) -> Mapping[str, Any]:
        """What each user has of its own, in AWS's shape. Another thread may be writing the body meanwhile."""
        own, configurations = self._own, self._configurations
        if own is not None:
            return own
        if not self._body:
            return self._encoder.recipients(configurations)
        written: dict[str, Any] = read_json(self._body)["Users"]
        return written


@attrs.frozen(eq=False, repr=False)
class _Statuses(Readings):
    """Of an answer that is kept as a whole."""

    statuses: list[DeliveryStatus] = attrs.field(factory=list, kw_only=True)

    def _other_statuses(self) -> list[DeliveryStatus]:
        return self.statuses


class WholeJob(UsersJob):
    """A `SendUsersMessages` request whose answer is kept as a whole, and which is sent once."""

    response: SendUsersMessageResponse | None = None
    """The answer, when it has come."""

    @property
    def users(self) -> list[User]:
        """One that stands for all."""
        if self._known is None:
            self._known = [User("", jobs=(self,))]
        return self._known

    def halves(self) -> list[Job]:
        """None."""
        return []

    def read(self, answer: bytes | Mapping[str, Any]) -> Readings:
        """The answer as it came, throttled endpoints included."""
        try:
            parsed = parse(answer)
            response = SendUsersMessageResponse.from_dict(parsed)
            names_application = isinstance(parsed.get("ApplicationId"), str)
            if not response.result and ("Result" in response.unknown_members or not names_application):
                raise _unreadable("Result", "says nothing that can be read")
        except UnreadableResponseError as error:
            error.answer = answer
            raise
        except ValidationError as error:
            unreadable = UnreadableResponseError(f"{error}; the message may have been sent all the same")
            unreadable.answer = answer
            raise unreadable from error
        self.response = response
        results = (response.result or {}).values()
        return _Statuses([], statuses=[result.delivery_status for endpoints in results for result in endpoints.values()])


class EndpointsJob(Job):
    """A `SendMessages` request: some endpoints of some users, each with what its user has of its own."""

    operation: Operation = "SendMessages"

    def __init__(self, encoder: Encoder, targets: dict[str, User], attempt: int) -> None:
        self._encoder = encoder
        self.targets = targets
        self.attempt = attempt

    @property
    def users(self) -> list[User]:
        """The users whose endpoints these are, each once."""
        return list(dict.fromkeys(self.targets.values()))

    @property
    def user_count(self) -> int:
        """How many users it is for."""
        return len(set(self.targets.values()))

    def targets_of(self, user: User) -> Sequence[str | None]:
        """The endpoints that it sends to of a user, by ID."""
        return [endpoint_id for endpoint_id, owner in self.targets.items() if owner is user]

    def body(self) -> bytes:
        """The body of the request."""
        return self._encoder.body("Endpoints", {endpoint_id: user.own for endpoint_id, user in self.targets.items()})

    def again(self) -> Job:
        """The same, as the next attempt."""
        return EndpointsJob(self._encoder, self.targets, self.attempt + 1)

    def halves(self) -> list[Job]:
        """The same in two requests; none if there is but one endpoint."""
        targets, half = list(self.targets.items()), len(self.targets) // 2
        return (
            [EndpointsJob(self._encoder, dict(part), self.attempt) for part in (targets[:half], targets[half:])] if half else []
        )

    def read(self, answer: bytes | Mapping[str, Any]) -> Readings:
        """What the answer says of each user's endpoints, which may be missing."""
        answer = parse(answer)
        results = _mapping(answer, "EndpointResult")
        sent_to: dict[User, dict[str, Any]] = {user: {} for user in self.targets.values()}
        for endpoint_id, user in self.targets.items():
            sent_to[user][endpoint_id] = results.get(endpoint_id)
        read = [_read(user, endpoints, "EndpointResult") for user, endpoints in sent_to.items()]
        return Readings(read, request_id=_request_id(answer))


def _groups(targets: Iterable[tuple[str, User]]) -> list[dict[str, User]]:
    """The endpoints of one request each; two users' endpoints of the same ID go apart."""
    groups: list[dict[str, User]] = []
    for endpoint_id, user in targets:
        for group in groups:
            if len(group) < MAX_USERS and endpoint_id not in group:
                group[endpoint_id] = user
                break
        else:
            groups.append({endpoint_id: user})
    return groups


def _request_id(answer: Mapping[str, Any]) -> str | None:
    request_id = answer.get("RequestId")
    return request_id if isinstance(request_id, str) else None


def _mapping(answer: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    """A member that may be absent."""
    value = answer.get(member)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise _unreadable(member, "isn't an object")
    return value


def _read_user(user: User, value: object) -> Reading:
    return _read(user, value, f"Result[{user.user_id!r}]")


def _read(user: User, value: object, path: str) -> Reading:
    """A user's results, as many as can be read: one that can't doesn't cost the user the others."""
    if not value:
        return Reading(user, {}, (None,), _missing(path))
    if not isinstance(value, Mapping):
        return Reading(user, {}, (None,), _unreadable(path, "isn't an object"))
    endpoints: dict[str, EndpointMessageResult] = {}
    unknown: list[str] = []
    error: RequestError | None = None
    for endpoint_id, result in value.items():
        try:
            endpoints[endpoint_id] = EndpointMessageResult.from_dict(result)
        except ValidationError as fault:  # noqa: PERF203 - to read the others
            at = f"{path}[{endpoint_id!r}]"
            error = _missing(at) if result is None else _unreadable(at, f"can't be read ({fault})")
            unknown.append(endpoint_id)
    return Reading(user, endpoints, tuple(unknown), error)


def _with_all(user: User, value: object) -> object:
    """A user's results, in which every endpoint that the user is known to have has its place, if only with None."""
    if not user.endpoints or not value or not isinstance(value, Mapping):
        return value
    return {**{endpoint_id: None for endpoint_id in user.endpoints if endpoint_id}, **value}


def _missing(path: str) -> RequestError:
    return MissingResultError(f"the answer has no {path}; the message may have been sent all the same")


def _unreadable(path: str, why: str) -> RequestError:
    return UnreadableResponseError(f"the answer's {path} {why}; the message may have been sent all the same")
