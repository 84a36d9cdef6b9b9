"""The bases of every value that is checked when it is made, and of every class that bears an AWS shape."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any, ClassVar, cast

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.converters import InvalidValue, suggest
from pinpoint_users._shapes.names import join_path
from pinpoint_users._shapes.reading import from_dict
from pinpoint_users._shapes.writing import writer
from pinpoint_users.errors import Fault, ValidationError


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Checked:
    """A frozen value that is checked when it is made, with every fault in one error.

    Raises:
        ValidationError: On construction: every unknown, missing, mistyped and oversized field at once, each with its path.
    """

    _contents: ClassVar[Callable[[Any], object]]
    """The values of an object's fields."""

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls._contents = attrgetter(*(field.name for field in attrs.fields(cls)))
        # attrs stops at a class's first fault; the wrapped constructor looks for all of them before it raises.
        checked = _all_faults_at_once(cls, cls.__init__)
        setattr(cls, "__init__", checked)  # noqa: B010 - type checkers would read an assignment as the constructor's signature

    def _rules(self) -> Iterable[Fault]:
        """What is wrong between fields whose values are right by themselves."""
        return ()

    # Equality, hash and repr are here once for all classes, which say `eq=False` and `repr=False`: attrs would write them for
    # each class, and compile them at every import.

    def __eq__(self, other: object) -> bool:
        cls = type(self)
        return cls._contents(self) == cls._contents(other) if type(other) is cls else NotImplemented

    def __hash__(self) -> int:
        cls = type(self)
        return hash((cls, cls._contents(self)))

    def __repr__(self) -> str:
        fields = ((field, getattr(self, field.name)) for field in attrs.fields(type(self)))
        shown = [
            f"{field.name}={field.repr(value) if callable(field.repr) else repr(value)}"
            for field, value in fields
            if value != field.default
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


class Shape(Checked):
    """A frozen value in one of AWS's shapes: checked when it is made, equal by value, hashable, picklable.

    Keywords only. Fields are AWS's members in snake case; one that isn't set is None, left out of `repr` and `to_dict()`.
    """

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """This value in AWS's shape: PascalCase keys, plain dicts and lists, unset members left out.

        Returns:
            A new dict that boto3 takes as it is. It is ready for JSON too, except for `RawEmail`'s data: they stay bytes, which
            boto3 puts in base64 itself.
        """
        cls: Any = type(self)
        return writer(cls)(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Reads AWS's shape, as `to_dict()` writes it and boto3 takes or returns it.

        Args:
            data: A mapping with AWS's PascalCase keys.

        Raises:
            ValidationError: Every fault of the whole tree at once, each with its path in AWS's names, and the near miss of a
                misspelt key.
        """
        return from_dict(cls, data)


def _all_faults_at_once(cls: type[Checked], attrs_init: Callable[..., None]) -> Callable[..., None]:
    has_rules = cls._rules is not Checked._rules  # noqa: SLF001 - Checked's own

    @functools.wraps(attrs_init)
    def __init__(self: Checked, *args: Any, **values: Any) -> None:  # noqa: N807 - it becomes the class's __init__
        for value in values.values():
            if value is None:
                raise ValidationError(cls.__name__, find_faults(cls, args, values))
        try:
            attrs_init(self, *args, **values)
        except (InvalidValue, TypeError):
            faults = find_faults(cls, args, values)
            if not faults:
                raise
            raise ValidationError(cls.__name__, faults) from None
        if has_rules:
            faults = list(self._rules())
            if faults:
                raise ValidationError(cls.__name__, faults)

    return __init__


def convert(field: attrs.Attribute[Any], value: Any) -> Any:
    """The value as the field keeps it.

    Raises:
        InvalidValue: What is wrong with it.
    """
    converter = cast("Callable[[Any], Any]", field.converter)
    return converter(value)


def find_faults(cls: type[Checked], args: tuple[object, ...], values: Mapping[str, Any]) -> list[Fault]:
    """Every fault of a constructor's arguments."""
    fields = {field.name: field for field in attrs.fields(cls)}
    faults = [Fault("", f"takes keywords only, not {len(args)} positional: {', '.join(fields)}")] if args else []
    partial = object.__new__(cls)
    for name, field in fields.items():
        object.__setattr__(partial, name, None if field.default is attrs.NOTHING else field.default)
        if name not in values and field.default is attrs.NOTHING:
            faults.append(Fault(name, "is required"))
    for name, value in values.items():
        if name not in fields:
            faults.append(Fault(name, f"no field of {cls.__name__}; {suggest(name, fields)}"))
        elif value is None:
            faults.append(Fault(name, "None isn't a value: leave the field out (a changed copy is made by to_builder())"))
        else:
            field = fields[name]
            try:
                accepted = convert(field, value)
                if field.validator:
                    field.validator(None, field, accepted)
            except InvalidValue as refusal:
                faults += [Fault(join_path(name, below), problem) for below, problem in refusal.problems]
            else:
                object.__setattr__(partial, name, accepted)
    return [*faults, *partial._rules()]
