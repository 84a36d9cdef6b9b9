"""Users as objects: a line of JSON Lines, a row of Parquet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from typing_extensions import Self

from pinpoint_users._files.columns import misspelt, problem_of_ends, special_of
from pinpoint_users._files.configurations import checked_configuration
from pinpoint_users._files.faults import BadLine, FileFault
from pinpoint_users._shapes.converters import NO_TEXT, is_text, kind, near_misses
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.messages.request import EndpointSendConfiguration

_WHOLE = {"substitutions": "substitutions", "Substitutions": "substitutions", "context": "context", "Context": "context"}
_MEMBERS = ("user_id", "body_override", "title_override", "raw_content", "context", "substitutions")


class UserLine(NamedTuple):
    """A user of a file."""

    user_id: str
    configuration: EndpointSendConfiguration
    line: int
    """The line that the user begins at, from 1; of Parquet, the row."""


class Written(float):
    """A number of JSON that isn't whole, with its text: a price of 1.50 is to stay that."""

    text: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The number that a text says."""
        number = cls(text)
        number.text = text
        return number


def has_floats(value: Any) -> bool:
    """Whether a number that isn't whole is in a value."""
    if isinstance(value, (dict, list)):
        return any(map(has_floats, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float)


def read_object(file: str, line: int, data: Any) -> UserLine | BadLine:
    """The user of an object: a whole configuration in AWS's names or ours, or an ID beside variables.

    Numbers and truth values are as JSON writes them; decimal numbers keep their digits. What is null sets nothing.
    """
    if not isinstance(data, Mapping):
        problem = f'must be one user, {{"user_id": "u-1", …}}, not {kind(data)}'
        return BadLine(line, (FileFault(file, line, "", problem),))
    user_id: str | None = None
    try:
        user_id, own = _parts(data)
        return UserLine(user_id, checked_configuration(own), line)
    except ValidationError as error:
        return BadLine(line, tuple(FileFault(file, line, fault.path, fault.problem) for fault in error.faults), user_id)


class _Parts:
    """What the members of an object set."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.user_id: Any = None
        self.own: dict[str, Any] = {}
        self.variables: dict[str, list[str]] = {}
        self.context: dict[str, Any] = {}
        self.faults: list[Fault] = []
        self._names = data.keys()
        self._is_whole = any(isinstance(data.get(name), Mapping) for name in ("substitutions", "Substitutions"))
        for name, value in data.items():
            if value is not None:
                self._take(name, value)
        if self.variables:
            self.own["substitutions"] = self.variables
        if self.context:
            self.own["context"] = self.context

    def _take(self, name: str, value: Any) -> None:
        special = special_of(name)
        field, key = special or (_WHOLE.get(name, "") if isinstance(value, Mapping) else "", "")
        if field == "user_id":
            self.user_id = value
        elif field == "context":
            values = {key: value} if key else value
            self.context |= {each: _text(item) for each, item in values.items() if item is not None}
        elif field == "substitutions":
            self.variables |= dict(_variables(value, name, self.faults))
        elif field:
            self.own[field] = value if field == "raw_content" else _text(value)
        else:
            self._take_variable(name, value)

    def _take_variable(self, name: str, value: Any) -> None:
        if self._is_whole:
            near = near_misses(name, list(_MEMBERS))
            hint = f"; did you mean {near[0]}?" if near else ""
            self.faults.append(Fault(name, f"isn't taken beside substitutions; allowed: {', '.join(_MEMBERS)}{hint}"))
        elif (meant := misspelt(name)) is not None and meant not in self._names:
            self.faults.append(Fault(name, f"did you mean {meant}? A variable needs a name that is less like it"))
        else:
            self.variables |= dict(_variables({name: value}, "", self.faults))


def _parts(data: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    parts = _Parts(data)
    is_number = isinstance(parts.user_id, int) and not isinstance(parts.user_id, bool)
    user_id = str(parts.user_id) if is_number else parts.user_id
    problem = _id_problem(user_id)
    faults = [*([Fault("user_id", problem)] if problem else []), *parts.faults]
    if faults:
        raise ValidationError("user", faults)
    return str(user_id), parts.own


def _id_problem(user_id: object) -> str | None:
    if user_id is None:
        return "is missing: give the user's ID"
    if not isinstance(user_id, str) or not user_id.strip():
        return "must be a string that isn't empty"
    at_ends = problem_of_ends(user_id)
    if at_ends:
        return at_ends
    return None if is_text(user_id) else NO_TEXT


def _variables(values: Mapping[str, Any], above: str, faults: list[Fault]) -> Iterator[tuple[str, list[str]]]:
    for name, value in values.items():
        if value is None or value == "":
            continue
        listed = value if isinstance(value, (list, tuple)) else [value]
        texts = [_text(item) for item in listed if item is not None]
        if any(not isinstance(text, str) for text in texts):
            path = f"{above}[{name!r}]" if above else name
            problem = "must be text, a number or a list of them: write a date as text, and give each value its own variable"
            faults.append(Fault(path, problem))
        elif texts:
            yield name, texts


def _text(value: Any) -> Any:
    """A value as text; what can't be is left to be refused."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Written):
        return value.text
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value:f}"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value) if math.isfinite(value) else value
    return str(value) if isinstance(value, int) else value
