"""From the users that were handed in to the users of one request."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, TypeAlias

from pinpoint_users._shapes.converters import NO_TEXT, is_text, kind
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.request import EndpointSendConfiguration, EndpointSendConfigurationBuilder

Configuration: TypeAlias = EndpointSendConfiguration | EndpointSendConfigurationBuilder
Users: TypeAlias = Mapping[str, Configuration] | Iterable[str | tuple[str, Configuration]]
"""Whom to send to: user IDs, or pairs of an ID and what that user gets of its own, or a mapping of such pairs."""

END = object()
"""What stands behind the last user in a queue of users."""

_NOTHING_OF_ITS_OWN = EndpointSendConfiguration()


def entries_of(users: Users) -> Iterator[Any]:
    """The users one by one, as they were handed in. A collection is checked as a whole first, an iterator only user by user.

    Raises:
        ValidationError: What is wrong with which user.
    """
    if isinstance(users, (str, bytes)) or not isinstance(users, Iterable):
        problem = f'must be user IDs, pairs or a mapping, not {kind(users)}: for one user, write ["user-id"]'
        raise ValidationError("users", [Fault("users", problem)])
    entries: Iterable[Any] = list(users.items()) if isinstance(users, Mapping) else users
    if isinstance(entries, (list, tuple)):
        pairs = [_pair(entry) for entry in entries]
        faults = [Fault(f"users[{index}]", pair) for index, pair in enumerate(pairs) if isinstance(pair, str)]
        if faults:
            raise ValidationError("users", faults)
        return iter(pairs)
    return iter(entries)


def once(entries: Iterator[Any], order: dict[str, None], duplicates: list[str]) -> Iterator[Any]:
    """The users in their order, without those that come again.

    Args:
        entries: The users, as `entries_of` gives them.
        order: Where the IDs are kept that have come.
        duplicates: Where the IDs are put that come again.
    """

    def is_new(entry: Any) -> bool:
        user_id = user_id_of(entry)
        if user_id in order:
            duplicates.append(user_id)
            return False
        if user_id is not None:
            order[user_id] = None
        return True

    return filter(is_new, entries)


def take_batch(entries: deque[Any], taken: dict[str, EndpointSendConfiguration]) -> None:
    """Moves users from the left of a queue into one batch, at most 100 and each ID once; a repeated ID waits for the next.

    Raises:
        ValidationError: An entry isn't a user; it is gone from the queue, and those before it are in the batch.
    """
    some = list(islice(entries, MAX_USERS))
    if some and some[-1] is END:
        some.pop()
    if all(map(_is_usual, some)):
        batch = dict(some)
        if len(batch) == len(some):  # nobody comes twice
            taken.update(batch)
            for _ in some:
                entries.popleft()
            return
    for entry in some:
        pair = _pair(entry)
        if isinstance(pair, str):
            entries.popleft()
            raise ValidationError("users", [Fault("users", pair)])
        user_id, configuration = pair
        if user_id in taken:
            return
        entries.popleft()
        taken[user_id] = configuration


def _is_usual(entry: Any) -> bool:
    """Whether an entry is a pair of which nothing needs a closer look, as nearly always."""
    if type(entry) is not tuple or len(entry) != 2:
        return False
    user_id, configuration = entry
    return type(user_id) is str and type(configuration) is EndpointSendConfiguration and user_id != "" and user_id.isascii()


def user_id_of(entry: Any) -> str | None:
    """The ID of a user as handed in, or None where it isn't one."""
    if _is_usual(entry):
        user_id: str = entry[0]
        return user_id
    pair = _pair(entry)
    return None if isinstance(pair, str) else pair[0]


def _pair(entry: Any) -> tuple[str, EndpointSendConfiguration] | str:
    """An entry as a user ID and its configuration, or what is wrong with it."""
    if isinstance(entry, str):
        user_id, configuration = entry, _NOTHING_OF_ITS_OWN
    elif isinstance(entry, tuple) and len(entry) == 2:
        user_id, configuration = entry
    else:
        return f"must be a user ID or a pair of an ID and an EndpointSendConfiguration, not {kind(entry)}"
    if problem := _id_problem(user_id):
        return problem
    if isinstance(configuration, EndpointSendConfigurationBuilder):
        try:
            configuration = configuration.build()
        except ValidationError as error:
            return f"of user {user_id!r}: {error}"
    if not isinstance(configuration, EndpointSendConfiguration):
        return f"of user {user_id!r}: must be an EndpointSendConfiguration, not {kind(configuration)}"
    return user_id, configuration


def _id_problem(user_id: Any) -> str | None:
    if not isinstance(user_id, str):
        return f"a user ID must be a string, not {kind(user_id)}"
    if not user_id:
        return "a user ID must have at least one character"
    return None if is_text(user_id) else f"the user ID {user_id!r} {NO_TEXT}"
