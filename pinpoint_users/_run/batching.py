"""From the users that were handed in to the users of one request."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from pinpoint_users._shapes.converters import NO_TEXT, is_text, kind, shown
from pinpoint_users._shapes.remedies import as_object, as_string
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.configuration import DirectMessageConfiguration, DirectMessageConfigurationBuilder
from pinpoint_users.messages.request import EndpointSendConfiguration, EndpointSendConfigurationBuilder
from pinpoint_users.user_result import UserResult

Configuration: TypeAlias = EndpointSendConfiguration | EndpointSendConfigurationBuilder
Users: TypeAlias = Mapping[str, Configuration] | Iterable[str | tuple[str, Configuration]]
"""Whom to send to: user IDs, or pairs of an ID and what that user gets of its own, or a mapping of such pairs."""

_NOTHING_OF_ITS_OWN = EndpointSendConfiguration()
_TABLE = "DataFrame"
"""The class of tables of pandas and Polars, which are iterated by their columns."""
_MARKS_OF_ROWS = ("_fields", "__attrs_attrs__", "__dataclass_fields__")
"""What named tuples, objects of attrs and dataclasses have."""


def entries_of(users: Users) -> tuple[Iterator[Any], bool]:
    """The users one by one, as they were handed in. A collection is checked as a whole first, an iterator only user by user.

    Returns:
        The users, and whether they are all in memory, so that any thread may read them.

    Raises:
        ValidationError: What is wrong with which user.
    """
    if isinstance(users, (str, bytes)) or not isinstance(users, Iterable) or type(users).__name__ == _TABLE:
        raise ValidationError("users", [Fault("users", f"must be user IDs, pairs or a mapping, not {_remedy_for_all(users)}")])
    if not isinstance(users, Collection):
        return iter(users), False
    entries: Iterable[Any] = users.items() if isinstance(users, Mapping) else users
    user_ids: list[str] = []
    configurations: list[EndpointSendConfiguration] = []  # no pairs, which the garbage collector would go over
    wrong: dict[int, str] = {}
    for index, entry in enumerate(entries):
        pair = _pair(entry)
        if isinstance(pair, str):
            wrong[index] = pair
        else:
            user_ids.append(pair[0])
            configurations.append(pair[1])
    if wrong and isinstance(users, Mapping):
        named = [(key, wrong[index]) for index, key in enumerate(users) if index in wrong]
        faults = [Fault(f"users[{shown(key)}]", problem.removeprefix(f"of user {key!r}: ")) for key, problem in named]
        raise ValidationError("users", faults)
    if wrong:
        raise ValidationError("users", [Fault(f"users[{index}]", problem) for index, problem in wrong.items()])
    return zip(user_ids, configurations, strict=True), True


def read_entries(
    entries: list[Any], before: int = 0
) -> tuple[list[tuple[str, EndpointSendConfiguration]], ValidationError | None]:
    """Users as they were handed in, as pairs of an ID and what the user has of its own.

    Args:
        entries: The users.
        before: How many came before these.

    Returns:
        Those that are users, and what is wrong with the others.
    """
    if _are_plain(entries):
        return entries, None
    pairs = [_pair(entry) for entry in entries]
    faults = [Fault(f"users[{index}]", pair) for index, pair in enumerate(pairs, before) if isinstance(pair, str)]
    return [pair for pair in pairs if not isinstance(pair, str)], ValidationError("users", faults) if faults else None


def _are_plain(entries: list[Any]) -> bool:
    """Whether all entries are pairs that need no further check, as nearly always."""
    for entry in entries:
        if type(entry) is not tuple or len(entry) != 2:
            return False
        user_id, configuration = entry
        if type(user_id) is not str or type(configuration) is not EndpointSendConfiguration:
            return False
        if not user_id or not user_id.isascii():
            return False
    return True


def _pair(entry: Any) -> tuple[str, EndpointSendConfiguration] | str:
    """An entry as a user ID and its configuration, or what is wrong with it."""
    if isinstance(entry, str):
        user_id, configuration = entry, _NOTHING_OF_ITS_OWN
    elif isinstance(entry, tuple) and len(entry) == 2:
        user_id, configuration = entry
    else:
        return _entry_problem(entry)
    if problem := _id_problem(user_id):
        return problem
    user_id = str.__str__(user_id)  # of a subclass, such as an enum's member, the text itself
    if isinstance(configuration, EndpointSendConfigurationBuilder):
        try:
            configuration = configuration.build()
        except ValidationError as error:
            return f"of user {user_id!r}: {error}"
    if not isinstance(configuration, EndpointSendConfiguration):
        remedy = as_object(EndpointSendConfiguration, configuration)
        return f"of user {user_id!r}: must be an EndpointSendConfiguration, not {kind(configuration)}{remedy}"
    return user_id, configuration


def _id_problem(user_id: Any) -> str | None:
    if not isinstance(user_id, str):
        return f"a user ID must be a string, not {kind(user_id)}{as_string(user_id)}"
    if not user_id:
        return "a user ID must have at least one character"
    return None if is_text(user_id) else f"the user ID {user_id!r} {NO_TEXT}"


def _entry_problem(entry: object) -> str:
    """What is wrong with what is neither an ID nor a pair."""
    if as_string(entry):
        return f"a user ID must be a string, not {kind(entry)}{as_string(entry)}"
    remedy = ""
    if isinstance(entry, UserResult):
        remedy = ": write its user_id"
    elif isinstance(entry, Mapping):
        remedy = ': write (row["id"], EndpointSendConfiguration(substitutions={"name": [row["name"]]}))'
    elif any(hasattr(entry, mark) for mark in _MARKS_OF_ROWS):
        remedy = ': write (row.id, EndpointSendConfiguration(substitutions={"name": [row.name]}))'
    elif isinstance(entry, (list, tuple)) or type(entry).__name__ == "ndarray":
        remedy = ': write (row[0], EndpointSendConfiguration(substitutions={"name": [row[1]]}))'
    return f"must be a user ID or a pair of an ID and an EndpointSendConfiguration, not {kind(entry)}{remedy}"


def _remedy_for_all(users: object) -> str:
    """The kind of what isn't users, and what is."""
    if isinstance(users, (DirectMessageConfiguration, DirectMessageConfigurationBuilder)):
        return f"{kind(users)}: the message comes first, send(message, users)"
    if isinstance(users, AsyncIterable):
        return f"{kind(users)}: an async iterable is read by AsyncPinpointUsers alone, `await pinpoint.send(message, users)`"
    if isinstance(users, Awaitable):
        return f"{kind(users)}: await it, and hand in what it returns"
    if type(users).__name__ == _TABLE:
        return f'{kind(users)}: for the IDs in a column, write frame["user_id"], or hand in a pair for each row'
    if callable(users):
        return f"{kind(users)}: call it, and hand in what it returns"
    return f'{kind(users)}: for one user, write ["user-id"]'
