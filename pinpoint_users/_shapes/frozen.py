"""Values that can't be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MAX_LEVELS = 100
"""How deeply a JSON value may be nested; Python's stack has an end."""


class FrozenDict(dict[K, V]):
    """A read-only dict: equal to a dict of the same items, hashable if its values are, and serialisable wherever a dict is."""

    __slots__ = ()

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("this mapping is frozen: make a changed copy with dict(mapping) or the object's to_builder()")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _refuse  # pyright: ignore[reportAssignmentType]  # refusing is the point: it can't have dict's signatures

    def __hash__(self) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleVariableOverride]  # dict says None, a frozen one can
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenDict[K, V]], tuple[dict[K, V]]]:
        return type(self), (dict(self),)


class UnfrozenDict(dict[K, V]):
    """A dict that is about to be frozen: `made.__class__ = FrozenDict`."""

    __slots__ = ()


def freeze(value: object, levels: int = MAX_LEVELS) -> object:
    """A JSON value that can't be changed any more.

    Raises:
        RecursionError: It is nested more deeply than any answer of the service.
    """
    if not isinstance(value, (Mapping, list, tuple)):
        return value
    if not levels:
        raise RecursionError(f"nested more than {MAX_LEVELS} levels deep")
    if isinstance(value, Mapping):
        return FrozenDict({key: freeze(item, levels - 1) for key, item in value.items()})
    return tuple(freeze(item, levels - 1) for item in value)


def thaw(value: object) -> Any:
    """A JSON value in plain dicts and lists."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    return list(map(thaw, value)) if isinstance(value, tuple) else value


def thaw_lists(value: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """The same of a mapping of strings to lists of strings, of which each user has one."""
    copied: dict[str, Any] = {**value}
    for name, values in copied.items():  # a quarter faster than a comprehension for so few
        copied[name] = [*values]
    return copied
