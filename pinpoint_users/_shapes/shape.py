"""The bases of every value that is checked when it is made, and of every class that bears an AWS shape."""

from __future__ import annotations

import functools
import inspect
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, TypeVar, cast, get_type_hints

import attrs
from typing_extensions import Self

from pinpoint_users._shapes.converters import InvalidValue, suggest
from pinpoint_users._shapes.names import join_path
from pinpoint_users._shapes.raw_content import RAW_CONTENTS, unchecked
from pinpoint_users._shapes.reading import from_dict
from pinpoint_users._shapes.remedies import ADDRESSES, instead_of_name
from pinpoint_users._shapes.words import WORDS, in_another_case
from pinpoint_users._shapes.writing import writer
from pinpoint_users.errors import Fault, MessageWarning, ValidationError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic_core import CoreSchema


C = TypeVar("C", bound="type[Checked]")


class _Decorator(Protocol):
    def __call__(self, cls: C, /) -> C: ...


def _same(cls: C) -> C:
    return cls


# A cast, as jedi follows none: it then reads the class's own `__init__`, where it would show `attrs.field(…)` for each default.
declared = cast("_Decorator", _same)
"""Marks a class whose constructor stands in it for editors and type checkers."""


class _Signature:
    """What `inspect.signature` of a class shows: the types that callers may hand in, and None for what isn't set."""

    def __get__(self, _instance: object, cls: type[Checked]) -> inspect.Signature:
        parameters = [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.default is attrs.NOTHING else field.default,
                annotation=_accepted(field),
            )
            for field in attrs.fields(cls)
        ]
        return inspect.Signature(parameters, return_annotation=None)


def _accepted(field: attrs.Attribute[Any]) -> Any:
    """The type that the field's converter takes."""
    converter: Any = field.converter
    try:
        return next(iter(get_type_hints(converter).values()))
    except NameError:  # the name of a class that isn't imported before somebody has such an object
        return next(iter(converter.__annotations__.values()))


@attrs.frozen(kw_only=True, repr=False, eq=False)
class Checked:
    """A frozen value that is checked when it is made, with every fault in one error.

    Raises:
        ValidationError: On construction: every unknown, missing, mistyped and oversized field at once, each with its path.
    """

    _contents: ClassVar[Callable[[Any], object]]
    """The values of an object's fields."""

    __signature__: ClassVar[_Signature] = _Signature()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls._contents = attrgetter(*(field.name for field in attrs.fields(cls)))
        # attrs stops at a class's first fault; the wrapped constructor looks for all of them before it raises.
        checked = _all_faults_at_once(cls, cls.__init__)
        setattr(cls, "__init__", checked)  # noqa: B010 - type checkers would read an assignment as the constructor's signature
        # attrs' own say no more than "can't set attribute".
        for refused in ("__setattr__", "__delattr__"):
            setattr(cls, refused, _refuse_change)

    def _rules(self) -> Iterable[Fault]:
        """What is wrong between fields whose values are right by themselves."""
        return ()

    def _advice(self) -> Iterable[str]:
        """What the service may take, and its sender can hardly mean."""
        return ()

    @classmethod
    def _elsewhere(cls, name: str) -> str:  # noqa: ARG003 - the classes that know a remedy look at it
        """Where what has this name, and isn't a field of this class, belongs; empty where that isn't known."""
        return ""

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

    Keywords only. Fields are AWS's members in snake case; one that isn't set is None, left out of `repr` and `to_dict()`. None
    for an optional field is the same as leaving it out. A word in another case than AWS's, such as "HIGH" for `high`, is
    taken for AWS's, with a `MessageWarning`.

    A pydantic model may have fields of these classes, or be validated through `pydantic.TypeAdapter`: they are read and written
    in AWS's shape, with bytes in base64 in JSON, and have a JSON schema.
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
            data: A mapping with AWS's PascalCase keys. None for an optional member is the same as leaving it out. `RawEmail`'s
                data are bytes, or, as for boto3, a string, which stands for its UTF-8; neither is base64.

        Raises:
            ValidationError: Every fault of the whole tree at once, each with its path in AWS's names, and the near miss of a
                misspelt key.
        """
        return from_dict(cls, data)

    @classmethod
    def _elsewhere(cls, name: str) -> str:
        return "a message has no address: users' endpoints have them" if name.lower() in ADDRESSES else ""

    @classmethod
    def _remedy(cls, value: object) -> str:
        """How what was handed in for an object of this class becomes one; empty where that isn't known."""
        fields = attrs.fields_dict(cls)
        if isinstance(value, Mapping):
            is_ours = bool(value) and value.keys() <= fields.keys()
            return f"write {cls.__name__}(**value)" if is_ours else f"{cls.__name__}.from_dict(…) reads AWS's shape"
        if isinstance(value, tuple) and len(value) == len(fields):
            return f"write {cls.__name__}({', '.join(f'{name}=…' for name in fields)})"
        return f"write {cls.__name__}(body=…)" if isinstance(value, str) and "body" in fields else ""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How pydantic validates and writes a field of this class."""
        from pinpoint_users._shapes.for_pydantic import core_schema_of  # noqa: PLC0415 - it imports pydantic

        return core_schema_of(cls, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The JSON schema of AWS's shape."""
        from pinpoint_users._shapes.for_pydantic import json_schema_of  # noqa: PLC0415 - it imports pydantic

        return json_schema_of(cls, core_schema, handler)


def _all_faults_at_once(cls: type[Checked], attrs_init: Callable[..., None]) -> Callable[..., None]:
    has_rules = cls._rules is not Checked._rules  # noqa: SLF001 - Checked's own
    has_advice = cls._advice is not Checked._advice  # noqa: SLF001 - likewise
    # None for a member of AWS's is one that isn't set; for a setting of ours it is a mistake, unless it is the default too.
    optional = frozenset(
        field.name
        for field in attrs.fields(cls)
        if field.default is None or (issubclass(cls, Shape) and field.default is not attrs.NOTHING)
    )
    members = attrs.fields(cls) if issubclass(cls, Shape) else ()
    told = {field.name: advice for field in members if (advice := _advice_on(field)) is not None}

    @functools.wraps(attrs_init)
    def __init__(self: Checked, *args: Any, **values: Any) -> None:  # noqa: N807 - it becomes the class's __init__
        for value in values.values():
            if value is None:
                values = _without_unset(cls, optional, args, values)
                break
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
        if not told.keys().isdisjoint(values):
            _advise(self, _advice_on_fields(self, told, values))
        if has_advice:
            _advise(self, self._advice())

    return __init__


def _without_unset(
    cls: type[Checked], optional: frozenset[str], args: tuple[object, ...], values: dict[str, Any]
) -> dict[str, Any]:
    """A constructor's keywords without those that are None because they aren't set.

    Raises:
        ValidationError: One that is required is None.
    """
    values = {name: value for name, value in values.items() if value is not None or name not in optional}
    if any(value is None for value in values.values()):
        raise ValidationError(cls.__name__, find_faults(cls, args, values))
    return values


def _advice_on(field: attrs.Attribute[Any]) -> Callable[[Any, Any], str | None] | None:
    """What tells of a field's value, as it was written and as it is kept, that it may not be what its sender means."""
    converter: object = field.converter
    return in_another_case if converter in WORDS else unchecked if converter in RAW_CONTENTS else None


def _advice_on_fields(
    value: Checked, told: Mapping[str, Callable[[Any, Any], str | None]], given: Mapping[str, Any]
) -> Iterator[str]:
    for name, advice in told.items():
        problem = advice(given[name], getattr(value, name)) if name in given else None
        if problem is not None:
            yield f"{name}: {problem}"


def _advise(value: Checked, advices: Iterable[str]) -> None:
    for advice in advices:
        warnings.warn(f"{type(value).__name__}.{advice}", MessageWarning, stacklevel=levels_of_our_own())


class FrozenError(attrs.exceptions.FrozenInstanceError):
    """A frozen value's field was to be set or deleted; its text says how a changed copy is made."""

    def __init__(self, problem: str) -> None:
        AttributeError.__init__(self, problem)  # attrs' own takes no text

    def __reduce__(self) -> tuple[type[FrozenError], tuple[str]]:
        return FrozenError, (str(self),)


def _refuse_change(self: Checked, name: str, *_value: object) -> NoReturn:
    cls = type(self)
    builder = f", or value.to_builder().{name}(…).build()" if isinstance(self, Shape) else ""
    known = f"attrs.evolve(value, {name}=…){builder} makes a changed copy"
    remedy = known if name in attrs.fields_dict(cls) else f"no field of it is {name}; {suggest(name, attrs.fields_dict(cls))}"
    raise FrozenError(f"{cls.__name__} is frozen, {name} can't be set or deleted: {remedy}")


def levels_of_our_own() -> int:
    """How far up the first caller outside of this package and of attrs is, for `warnings.warn` in the function that asks."""
    level, frame = 1, sys._getframe(1)  # noqa: SLF001 - the way that `warnings` itself goes up
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in {"pinpoint_users", "attr"}:
        level, frame = level + 1, frame.f_back
    return level


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
            faults.append(Fault(name, f"no field of {cls.__name__}; {suggest(name, fields, instead_of_name(cls, name))}"))
        elif value is None:
            required = fields[name].default is attrs.NOTHING
            faults.append(
                Fault(name, "is required, and None isn't a value" if required else "None isn't a value: leave it out")
            )
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
