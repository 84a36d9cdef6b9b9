"""What a directory is: whoever tells the endpoints of users."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import iscoroutinefunction
from typing import Any, Protocol, TypeAlias, runtime_checkable

import attrs

from pinpoint_users._shapes.converters import kind, shown
from pinpoint_users.directory.rules import MAX_ENDPOINTS, TOO_MANY, faults_of
from pinpoint_users.endpoints import Endpoint, EndpointUser
from pinpoint_users.errors import Fault, ValidationError

LookUp: TypeAlias = Callable[[Sequence[str]], Mapping[str, Sequence[Endpoint]]]
"""A function that tells the endpoints of at most 100 users, as `EndpointDirectory.endpoints_of` does."""


@runtime_checkable
class EndpointDirectory(Protocol):
    """Tells the endpoints of users: one method over whatever an application has."""

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        """The endpoints of each user. May be called from any thread.

        Args:
            user_ids: At most 100 users, each once.

        Returns:
            The endpoints by user ID. Users without endpoints may be absent.
        """
        ...


@runtime_checkable
class WritableDirectory(EndpointDirectory, Protocol):
    """A directory that also keeps endpoints, and that a run tells of dead and of new tokens."""

    def put(self, endpoints: Iterable[Endpoint], /) -> None:
        """Stores endpoints, each in place of the one with its ID.

        Raises:
            ValidationError: What is wrong with which endpoint.
        """
        ...

    def delete(self, *endpoint_ids: str) -> None:
        """Deletes endpoints; an ID that isn't there is passed over."""
        ...

    def delete_user(self, user_id: str, /) -> None:
        """Deletes all endpoints of a user."""
        ...

    def retire(self, endpoint_id: str, token: str, /) -> bool:
        """Makes an endpoint INACTIVE whose token is dead, if the token still is the address that is stored.

        Returns:
            Whether it was made inactive.
        """
        ...

    def renew(self, endpoint_id: str, old: str, new: str, /) -> bool:
        """Gives an endpoint its new token, if the old one still is the address that is stored.

        Returns:
            Whether it was given.
        """
        ...


Directory: TypeAlias = EndpointDirectory | LookUp | Mapping[str, Sequence[Endpoint]]
"""What can be handed in as a directory."""


def as_directory(value: Directory) -> EndpointDirectory:
    """Makes a directory of what was handed in.

    Args:
        value: A directory, which is given back; a function of `endpoints_of`'s signature; or a mapping of user IDs to lists of
            endpoints, which is copied and checked at once. An endpoint without a user gets the user that it is found under.

    Raises:
        ValidationError: It is none of them, or a mapping with faults: each with its path.

    Example:
        >>> directory = as_directory({"u-1": [Endpoint(channel_type="SMS", address="+12065550100")]})
        >>> directory.endpoints_of(["u-1", "u-2"])
        {'u-1': (Endpoint(address='+1…00', channel_type=<ChannelType.SMS: 'SMS'>, user=EndpointUser(user_id='u-1')),)}
    """
    if isinstance(value, Mapping):
        return _Given(checked(value, "directory", faults_of))
    if isinstance(value, EndpointDirectory) and not iscoroutinefunction(value.endpoints_of):
        return value
    if callable(value) and not iscoroutinefunction(value):
        return _Function(value)
    problem = f"must be a directory, a function of user IDs or a mapping of them to lists of endpoints, not {_instead(value)}"
    raise ValidationError("directory", [Fault("", problem)])


def _instead(value: object) -> str:
    """The kind of what isn't a directory, and what to write instead."""
    if isinstance(value, EndpointDirectory) or callable(value):
        return "an async function: it is called in threads of the client's own, so make it a plain one"
    is_file = isinstance(value, (str, os.PathLike))
    return kind(value) + (": write SQLiteDirectory(path)" if is_file else "")


def checked(
    found: Mapping[str, Sequence[Endpoint]], subject: str, faults_of_one: Callable[[Endpoint], Iterable[Fault]]
) -> dict[str, tuple[Endpoint, ...]]:
    """Endpoints by user, each with its user.

    Raises:
        ValidationError: Every fault, with its path.
    """
    faults: list[Fault] = []
    result: dict[str, tuple[Endpoint, ...]] = {}
    for user_id, endpoints in found.items():
        path = f"[{shown(user_id)}]"
        if not isinstance(user_id, str) or not user_id:
            faults.append(Fault(path, "must be a user's ID, a string that isn't empty"))
        elif isinstance(endpoints, Endpoint):
            faults.append(Fault(path, "must be a list of endpoints: write [endpoint]"))
        elif isinstance(endpoints, str) or not isinstance(endpoints, Sequence):
            remedy = ": write [Endpoint(channel_type=…, address=…)]" if isinstance(endpoints, str) else ""
            faults.append(Fault(path, f"must be a list of endpoints, not {kind(endpoints)}{remedy}"))
        else:
            before = len(faults)
            for index, endpoint in enumerate(endpoints):
                faults += [
                    Fault(f"{path}[{index}]{'.' if fault.path else ''}{fault.path}", fault.problem)
                    for fault in _faults_under(user_id, endpoint, faults_of_one)
                ]
            if len(endpoints) > MAX_ENDPOINTS:
                faults.append(Fault(path, TOO_MANY))
            if len(faults) == before:
                result[user_id] = tuple(_of_user(endpoint, user_id) for endpoint in endpoints)
    if faults:
        raise ValidationError(subject, faults)
    return result


def _faults_under(user_id: str, endpoint: Any, faults_of_one: Callable[[Endpoint], Iterable[Fault]]) -> Iterable[Fault]:
    if not isinstance(endpoint, Endpoint):
        remedy = ": Endpoint.from_dict(…) reads AWS's shape" if isinstance(endpoint, Mapping) else ""
        return [Fault("", f"must be Endpoint, not {kind(endpoint)}{remedy}")]
    own = endpoint.user and endpoint.user.user_id
    if own is not None and own != user_id:
        return [Fault("User.UserId", "is another user than the one that it is found under")]
    return faults_of_one(endpoint)


def _of_user(endpoint: Endpoint, user_id: str) -> Endpoint:
    user = endpoint.user
    if user is None:
        return attrs.evolve(endpoint, user=EndpointUser(user_id=user_id))
    return endpoint if user.user_id is not None else attrs.evolve(endpoint, user=attrs.evolve(user, user_id=user_id))


class _Given:
    """The directory of a mapping: what was handed in, whoever shares an address with whom."""

    def __init__(self, endpoints: Mapping[str, tuple[Endpoint, ...]]) -> None:
        self._endpoints = endpoints

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        return {user_id: self._endpoints[user_id] for user_id in user_ids if user_id in self._endpoints}


class _Function:
    """The directory of a function, whose answers are checked for what they are."""

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up

    def endpoints_of(self, user_ids: Sequence[str], /) -> Mapping[str, Sequence[Endpoint]]:
        found = self._look_up(user_ids)
        if not isinstance(found, Mapping):
            raise ValidationError(
                "directory", [Fault("", f"must return a mapping of user IDs to endpoints, not {kind(found)}")]
            )
        return checked(found, "directory", lambda _endpoint: ())
