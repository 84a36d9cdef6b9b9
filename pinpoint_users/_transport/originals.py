"""Whether functions of others are still their own: tracers and test tools put theirs in their place, and see what is called."""

from __future__ import annotations

import operator
import types
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from typing import Any

_BOTOCORE = frozenset({"botocore"})


class Originals:
    """The functions of classes and modules, as they were when this was made.

    Args:
        classes: The classes.
        modules: The modules, of which functions alone count.
        packages: The packages whose functions they are to be.
    """

    def __init__(
        self,
        classes: Collection[type],
        modules: Iterable[types.ModuleType] = (),
        *,
        packages: frozenset[str] = _BOTOCORE,
    ) -> None:
        self._of_classes = [(vars(owner), tuple(vars(owner).values())) for owner in classes]
        self._of_modules = [(vars(module).get, *_functions_of(module)) for module in modules]
        self._members = [vars(owner).values() for owner in classes]
        self._known = tuple(chain.from_iterable(self._members))
        self._were_in_place: bool = all(is_of(value, packages) for value in self._known)

    def are_in_place(self) -> bool:
        """Whether they are the packages' own, and nobody has put anything in their place; to be asked before each request."""
        return (
            self._were_in_place
            and self._have_same_members()
            and all(all(map(operator.is_, map(get, names), then)) for get, names, then in self._of_modules)
        )

    def _have_same_members(self) -> bool:
        # By identity: what wraps a function may say that it equals it.
        if sum(map(len, self._members)) == len(self._known):
            return all(map(operator.is_, chain.from_iterable(self._members), self._known))
        return all(
            all(map(operator.is_, now.values(), then)) and not _has_new(now, len(then)) for now, then in self._of_classes
        )


def is_of(value: Any, packages: frozenset[str] = _BOTOCORE) -> bool:
    """Whether a member of a class, or a handler, isn't a function of somebody else's, nor something put around one."""
    # By the type alone: what is put around a function may have its attributes, and its class too.
    function = value.__func__ if type(value) in {types.MethodType, staticmethod, classmethod} else value
    if type(function) is types.FunctionType:
        module: str = function.__globals__.get("__name__", "")
        return module.partition(".")[0] in packages and module != "botocore.stub"
    if not callable(function) or type(function) is type or issubclass(type(function), types.BuiltinFunctionType):
        return True
    return type(function).__module__.partition(".")[0] in packages


def _has_new(members: Mapping[str, object], known: int) -> bool:
    """Whether there is more than Python adds by itself, such as `__annotations__`."""
    return any(not name.startswith("__") for name in [*members][known:])


def _functions_of(module: types.ModuleType) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    functions = {name: value for name, value in vars(module).items() if isinstance(value, types.FunctionType)}
    return tuple(functions), tuple(functions.values())
