"""The requests of a run: what each carries, and what its answer says of each user."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import attrs

from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._shapes.json_text import read_json, write_json
from pinpoint_users._shapes.limits import MAX_PAYLOAD, MAX_USERS
from pinpoint_users._shapes.writing import to_wire, wire_writer
from pinpoint_users._transport.base import Operation
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import (
    MissingResultError,
    PayloadTooLargeError,
    PinpointUsersError,
    RequestError,
    UnreadableResponseError,
    ValidationError,
)
from pinpoint_users.messages.request import EndpointSendConfiguration, SendUsersMessageRequest
from pinpoint_users.report import UserResult, outcome_of, read_successful
from pinpoint_users.results import EndpointMessageResult

_NOT_SENT = frozenset({Outcome.FAILED, Outcome.THROTTLED, Outcome.NOT_SENT})
"""The outcomes that say that no endpoint got the message."""


class Encoder:
    """Writes the bodies of a run's requests; what they have in common is written once."""

    def __init__(self, common: SendUsersMessageRequest) -> None:
        members = list(to_wire(common).items())
        at = [name for name, _ in members].index("Users")
        before, after = dict(members[:at]), dict(members[at + 1 :])
        self._start = write_json(before)[:-1] + b',"'
        self._end = b"," + write_json(after)[1:] if after else b"}"
        self._write = wire_writer(EndpointSendConfiguration)

    def body(self, member: str, recipients: Mapping[str, EndpointSendConfiguration]) -> bytes:
        """The body of a request: what is common, and the recipients under `Users` or `Endpoints`.

        Raises:
            PayloadTooLargeError: It would be over 7 MB.
        """
        write = self._write
        own = write_json({recipient: write(configuration) for recipient, configuration in recipients.items()})
        body = b"".join((self._start, member.encode(), b'":', own, self._end))
        if len(body) > MAX_PAYLOAD:
            raise PayloadTooLargeError(
                f"the request would be {len(body):,} bytes, at most {MAX_PAYLOAD:,} are allowed; nothing was sent"
            )
        return body


@attrs.define(eq=False, repr=False)
class User:
    """One user of a run, and what is known of the user so far."""

    user_id: str
    configuration: EndpointSendConfiguration
    attempts: int = 0
    endpoints: dict[str, EndpointMessageResult] = attrs.Factory(dict)
    error: PinpointUsersError | None = None
    """Why something was not sent."""
    lost: set[str | None] = attrs.Factory(set)
    """What may have been sent or not: endpoint IDs, or None for the user as a whole."""
    loss: PinpointUsersError | None = None
    """Why something was lost, even if it went again since: what was lost may have arrived."""
    maybe_duplicated: bool = False
    earlier_attempts: int = 0
    """How many attempts were made in earlier runs with the same journal."""
    jobs: set[Job] = attrs.Factory(set)
    """The requests that are to say more of the user; with none left, the user is done."""

    def lose(self, what: Iterable[str | None], error: PinpointUsersError) -> None:
        """Keeps that something may have been sent or not."""
        self.lost.update(what)
        self.loss = self.loss or error

    def hear(self, reading: Reading, asked: Iterable[str | None]) -> None:
        """Takes in what an answer says of what it was asked about: endpoint IDs, or None for the user as a whole."""
        if None in asked:
            self.lost.clear()
        self.lost.difference_update(asked)
        self.endpoints.update(reading.endpoints)
        if reading.error is not None:
            self.lose(reading.lost, reading.error)
        for endpoint_id, result in reading.endpoints.items():
            if result.delivery_status.is_unknown:
                self.loss = _unreadable(repr(endpoint_id), f"has the status {result.delivery_status}, which isn't known")

    def result(self) -> UserResult:
        """What became of the message for this user. What was lost once is never said to have not been sent."""
        outcome = Outcome.UNKNOWN if self.lost else outcome_of(self.endpoints)
        if self.loss is not None and outcome in _NOT_SENT:
            outcome = Outcome.UNKNOWN
        return UserResult(
            user_id=self.user_id,
            outcome=outcome,
            endpoints=FrozenDict(self.endpoints),
            attempts=self.attempts,
            error=(self.loss or self.error) if outcome is Outcome.UNKNOWN else self.error,
            maybe_duplicated=self.maybe_duplicated,
        )


@attrs.frozen(eq=False, repr=False)
class Reading:
    """What an answer says of one user."""

    user: User
    endpoints: dict[str, EndpointMessageResult]
    """The results that could be read."""
    lost: tuple[str | None, ...] = ()
    """Of what the answer was asked, that which is missing, or can't be read."""
    error: RequestError | None = None
    """Why."""


@attrs.frozen(eq=False, repr=False)
class Readings:
    """What an answer says of the users of a request."""

    others: list[Reading]
    done: Collection[UserResult] = ()
    """The users all of whose endpoints got the message at the first attempt; most users, so nothing more is kept of them."""


@attrs.define(eq=False, repr=False)
class UsersJob:
    """A `SendUsersMessages` request: users, with all of their endpoints."""

    operation: ClassVar[Operation] = "SendUsersMessages"
    own: Mapping[str, EndpointSendConfiguration]
    """The users' configurations, until the body is written, which has them too. Few are needed again, and objects that outlive
    a round of the garbage collector make the next ones longer: kept until the answer, they'd take a fifth of a run's time."""
    attempt: int = 1
    known: list[User] | None = None
    """The users, if something is known of them already."""
    is_out: bool = False
    """Whether it is under way."""
    user_ids: Collection[str] = attrs.field(init=False, default=attrs.Factory(lambda job: tuple(job.own), takes_self=True))
    """The users, by ID."""
    _body: bytes = attrs.field(init=False, default=b"")

    @classmethod
    def of(cls, users: list[User], attempt: int) -> UsersJob:
        """A request for users of whom something is known."""
        return cls({user.user_id: user.configuration for user in users}, attempt, users)

    @property
    def users(self) -> list[User]:
        """The users, of whom something is now to be known."""
        if self.known is None:
            own = self._configuration_of()
            self.known = [User(user_id, own(user_id), jobs={self}) for user_id in self.user_ids]
        return self.known

    @property
    def user_count(self) -> int:
        """How many users it is for."""
        return len(self.user_ids)

    def asks(self, user: User) -> Sequence[str | None]:  # noqa: ARG002 - the other kind of request needs to know
        """What it asks for of a user: None, the user as a whole."""
        return (None,)

    def body(self, encoder: Encoder) -> bytes:
        """The body of the request; it can be asked for once."""
        self._body = encoder.body("Users", self.own)
        self.own = {}
        return self._body

    def again(self) -> Job:
        """The same, as the next attempt."""
        return UsersJob.of(self.users, self.attempt + 1)

    def halves(self) -> list[Job]:
        """The same in two requests; none if there is but one user."""
        users, half = self.users, self.user_count // 2
        return [UsersJob.of(part, self.attempt) for part in (users[:half], users[half:])] if half else []

    def read(self, answer: Mapping[str, Any]) -> Readings:
        """What the answer says of each user, who may be missing."""
        results = _mapping(answer, "Result")
        if self.known is not None:
            return Readings([_read_user(user, _with_all(user, results.get(user.user_id))) for user in self.known])
        done = read_successful(self.user_ids, results, attempts=self.attempt)
        if len(done) == self.user_count:
            return Readings([], done.values())
        own = self._configuration_of()
        others = [
            _read_user(User(user_id, own(user_id)), results.get(user_id)) for user_id in self.user_ids if user_id not in done
        ]
        return Readings(others, done.values())

    def _configuration_of(self) -> Callable[[str], EndpointSendConfiguration]:
        """What tells each user's configuration. Another thread may be writing the body meanwhile."""
        own = self.own
        if not self._body:
            return own.__getitem__
        written = read_json(self._body)["Users"]
        return lambda user_id: EndpointSendConfiguration.from_dict(written[user_id])


@attrs.define(eq=False, repr=False)
class EndpointsJob:
    """A `SendMessages` request: some endpoints of some users, each with its user's configuration."""

    operation: ClassVar[Operation] = "SendMessages"
    targets: dict[str, User]
    attempt: int
    is_out: bool = False
    """Whether it is under way."""

    @property
    def users(self) -> list[User]:
        """The users whose endpoints these are, each once."""
        return list(dict.fromkeys(self.targets.values()))

    @property
    def user_count(self) -> int:
        """How many users it is for."""
        return len(set(self.targets.values()))

    def asks(self, user: User) -> Sequence[str | None]:
        """The endpoints that it sends to of a user, by ID."""
        return [endpoint_id for endpoint_id, owner in self.targets.items() if owner is user]

    def body(self, encoder: Encoder) -> bytes:
        """The body of the request."""
        return encoder.body("Endpoints", {endpoint_id: user.configuration for endpoint_id, user in self.targets.items()})

    def again(self) -> Job:
        """The same, as the next attempt."""
        return EndpointsJob(self.targets, self.attempt + 1)

    def halves(self) -> list[Job]:
        """The same in two requests; none if there is but one endpoint."""
        items = list(self.targets.items())
        half = len(items) // 2
        return [EndpointsJob(dict(part), self.attempt) for part in (items[:half], items[half:])] if half else []

    def read(self, answer: Mapping[str, Any]) -> Readings:
        """What the answer says of each user's endpoints, which may be missing."""
        results = _mapping(answer, "EndpointResult")
        asked: dict[User, dict[str, Any]] = {user: {} for user in self.targets.values()}
        for endpoint_id, user in self.targets.items():
            asked[user][endpoint_id] = results.get(endpoint_id)
        return Readings([_read(user, endpoints, "EndpointResult") for user, endpoints in asked.items()])


Job: TypeAlias = UsersJob | EndpointsJob


def endpoint_jobs(targets: Iterable[tuple[str, User]], attempt: int) -> list[Job]:
    """Requests for endpoints of users, as many as one request holds; two users' endpoints of the same ID go apart."""
    groups: list[dict[str, User]] = []
    for endpoint_id, user in targets:
        for group in groups:
            if len(group) < MAX_USERS and endpoint_id not in group:
                group[endpoint_id] = user
                break
        else:
            groups.append({endpoint_id: user})
    return [EndpointsJob(group, attempt) for group in groups]


def parse(answer: bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    """The JSON object of an answer.

    Raises:
        UnreadableResponseError: It isn't one.
    """
    if isinstance(answer, Mapping):
        return answer
    try:
        parsed = read_json(answer)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnreadableResponseError(
            f"the answer isn't JSON ({error}); the message may have been sent all the same"
        ) from error
    if not isinstance(parsed, dict):
        raise UnreadableResponseError("the answer isn't a JSON object; the message may have been sent all the same")
    return parsed


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
    lost: list[str] = []
    error: RequestError | None = None
    for endpoint_id, result in value.items():
        try:
            endpoints[endpoint_id] = EndpointMessageResult.from_dict(result)
        except ValidationError as fault:  # noqa: PERF203 - to read the others
            at = f"{path}[{endpoint_id!r}]"
            error = _missing(at) if result is None else _unreadable(at, f"can't be read ({fault})")
            lost.append(endpoint_id)
    return Reading(user, endpoints, tuple(lost), error)


def _with_all(user: User, value: object) -> object:
    """A user's results, in which every endpoint that the user is known to have has its place, if only with None."""
    if not user.endpoints or not value or not isinstance(value, Mapping):
        return value
    return {**{endpoint_id: None for endpoint_id in user.endpoints if endpoint_id}, **value}


def _missing(path: str) -> RequestError:
    return MissingResultError(f"the answer has no {path}; the message may have been sent all the same")


def _unreadable(path: str, why: str) -> RequestError:
    return UnreadableResponseError(f"the answer's {path} {why}; the message may have been sent all the same")
