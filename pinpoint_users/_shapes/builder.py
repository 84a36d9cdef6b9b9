"""Fluent builders: copy on write, checked as a whole by `build()`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, NoReturn, TypeVar, cast

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.converters import InvalidValue, shown, suggest
from pinpoint_users._shapes.frozen import MAX_LEVELS
from pinpoint_users._shapes.names import join_path
from pinpoint_users._shapes.remedies import instead_of_name
from pinpoint_users._shapes.shape import Shape, convert
from pinpoint_users._shapes.words import WORDS
from pinpoint_users.errors import Fault, ValidationError

S = TypeVar("S", bound=Shape)

_UNFINISHED = object()


class Builder(Generic[S]):
    """Builds one class of message, a method a field.

    Each method returns a new builder and leaves its own unchanged, so that one base can serve many messages. Nothing is refused
    before `build()`, which names every fault, those of unfinished builders inside included. None unsets a field.
    """

    __slots__ = ("_values",)

    _shape: ClassVar[type[Shape]]

    def __init_subclass__(cls, *, shape: type[Shape]) -> None:
        cls._shape = shape

    def __init__(self, **values: Any) -> None:
        """Starts with the given fields.

        Args:
            **values: Fields of the class by name; `build()` checks them.
        """
        self._values: dict[str, Any] = {
            name: self._kept(name, value) for name, value in values.items() if value is not None or not self._may_be_unset(name)
        }

    def build(self) -> S:
        """Makes the frozen message.

        Raises:
            ValidationError: Every fault at once, each with its path.
        """
        unfinished: dict[str, ValidationError] = {}
        values = {name: _finished(value, name, unfinished) for name, value in self._values.items()}
        try:
            return cast("S", self._shape(**values))
        except ValidationError as error:
            faults = [translated for fault in error.faults for translated in _translate_fault(fault, unfinished)]
            raise ValidationError(error.subject, faults) from None

    def _set(self, name: str, value: object) -> Self:
        changed = type(self)()
        values = {**self._values, name: self._kept(name, value)}
        if value is None and self._may_be_unset(name):
            del values[name]
        changed._values = values  # noqa: SLF001 - it is one of our own
        return changed

    def _put(self, name: str, key: object, value: object) -> Self:
        """Adds an entry to a mapping, unless what is there isn't one, which `build()` then refuses."""
        entries = self._values.get(name, {})
        return self._set(name, {**entries, key: value} if isinstance(entries, Mapping) else entries)

    def _append(self, name: str, value: object) -> Self:
        """Adds an item to a list, unless what is there isn't one, which `build()` then refuses."""
        items = self._values.get(name, ())
        return self._set(name, (*items, value) if isinstance(items, (list, tuple)) else items)

    def _may_be_unset(self, name: str) -> bool:
        """Whether None for a field means that it isn't set; it doesn't for a required one, and for none of the class's."""
        field = attrs.fields_dict(self._shape).get(name)
        return field is not None and field.default is not attrs.NOTHING

    def _kept(self, name: str, value: Any) -> Any:
        """The value frozen now, so that a later change to it isn't ours; as it is where `build()` is to say something."""
        field = attrs.fields_dict(self._shape).get(name)
        if field is not None and value is not None and field.converter not in WORDS:
            try:
                return convert(field, value)
            except InvalidValue:
                pass
        return _copied(value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._values.items())})"


def _refuse_name(builder: Builder[Any], name: str) -> NoReturn:
    shape = builder._shape  # noqa: SLF001 - it is one of our own
    problem = f"{type(builder).__name__!r} object has no attribute {name!r}"
    if name.startswith("_"):
        raise AttributeError(problem)
    if hasattr(shape, name):
        raise AttributeError(f"{problem}: it is what is built that has it, write .build().{name}")
    methods = [method for method in dir(builder) if not method.startswith("_")]
    raise AttributeError(f"{problem}; {suggest(name, methods, instead_of_name(shape, name))}")


setattr(Builder, "__getattr__", _refuse_name)  # noqa: B010 - type checkers would believe that there is a method of any name


def values_of(shape: Shape) -> dict[str, Any]:
    """The fields that are set, as a builder starts from them."""
    return {
        field.name: getattr(shape, field.name)
        for field in attrs.fields(type(shape))
        if getattr(shape, field.name) != field.default
    }


def _copied(value: Any, levels: int = MAX_LEVELS) -> Any:
    """The value with its mappings and lists copied, as far down as any field's value goes."""
    if levels and isinstance(value, Mapping):
        return {key: _copied(item, levels - 1) for key, item in value.items()}
    return type(value)(_copied(item, levels - 1) for item in value) if levels and type(value) in (list, tuple) else value


def _translate_fault(fault: Fault, unfinished: Mapping[str, ValidationError]) -> list[Fault]:
    """The fault, or those of the unfinished builder that is its cause."""
    if fault.path not in unfinished:
        return [fault]
    return [Fault(join_path(fault.path, inner.path), inner.problem) for inner in unfinished[fault.path].faults]


def _finished(value: Any, path: str, unfinished: dict[str, ValidationError], levels: int = MAX_LEVELS) -> Any:
    """The value with the builders inside built; what no field takes stands for one that can't be."""
    if isinstance(value, Builder):
        try:
            return value.build()
        except ValidationError as error:
            unfinished[path] = error
            return _UNFINISHED
    if levels and type(value) is dict:
        return {key: _finished(item, f"{path}[{shown(key)}]", unfinished, levels - 1) for key, item in value.items()}
    if levels and type(value) in (list, tuple):
        return [_finished(item, f"{path}[{index}]", unfinished, levels - 1) for index, item in enumerate(value)]
    return value
