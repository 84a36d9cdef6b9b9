"""What a field accepts: converters that check a value's type and freeze it, or refuse it with a remedy.

attrs calls a converter for each field, a default of None included, which passes through; a None for a required field is refused
before (`shape.py`). The type of a converter's argument is what the constructor's keyword takes, beside None where the field may
be left out (`tools/generate_builders.py`).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import SupportsIndex, TypeAlias, TypeVar, cast

from pinpoint_users._shapes.frozen import FrozenDict
from pinpoint_users._shapes.remedies import as_list, as_mapping_of_lists, as_object, as_string, as_variable
from pinpoint_users.enums import Action, ChannelType, DeliveryStatus, MessageType

T = TypeVar("T")

Substitutions: TypeAlias = Mapping[str, list[str] | tuple[str, ...]]
"""Message variables as they are handed in: each name with a *list* of strings, as the service has it."""


class InvalidValue(Exception):  # noqa: N818 - no error of ours: it never leaves the package, `ValidationError` is made of it
    """A value isn't acceptable; one (path below the field, problem) pair a fault."""

    def __init__(self, *problems: tuple[str, str]) -> None:
        super().__init__(*problems)
        self.problems = problems


def refuse(problem: str) -> InvalidValue:
    """The refusal of a field's value as a whole."""
    return InvalidValue(("", problem))


def suggest(word: str, known: Iterable[str], elsewhere: str = "") -> str:
    """What is allowed, and where the word belongs, or the near miss if there is one."""
    known = list(known)
    near = [] if elsewhere else near_misses(word, known)
    hint = f"did you mean {' or '.join(near)}?" if near else elsewhere
    return f"allowed: {', '.join(known)}" + (f"; {hint}" if hint else "")


def near_misses(word: str, known: list[str]) -> list[str]:
    """The word that was probably meant; or the words of which it is the beginning, as `sms` is of `sms_message`."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    lower = word.lower()
    close = difflib.get_close_matches(lower, [k.lower() for k in known], n=1)
    near = [k for k in known if close and k.lower() == close[0]]
    return near or [k for k in known if len(word) >= 3 and k.lower().startswith(lower)]


def kind(value: object) -> str:
    """The type of a value as an error names it, without the value, which may be private."""
    return "None" if value is None else type(value).__name__


def shown(value: object) -> str:
    """A key as an error shows it: by its type alone where Python can't write it, as with an int of 5,000 digits."""
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - whatever a caller's class raises, the fault is to be named
        return f"<{kind(value)}>"


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "user"), counted(2_000, "user")
    ('1 user', '2,000 users')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def any_string(value: str | None) -> str | None:
    """Accepts a string, even one that isn't text, as an answer may hold it."""
    if type(value) is str or value is None:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    raise refuse(f"must be a string, not {kind(value)}{as_string(value)}")


NO_TEXT = "has a lone surrogate, which isn't text: value.encode('utf-8', 'replace').decode() takes it out"


def is_text(value: str) -> bool:
    """Whether UTF-8 can carry a string: not with a lone surrogate, which a cut emoji leaves behind."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def string(value: str | None) -> str | None:
    """Accepts a string that is text."""
    value = any_string(value)
    if value is not None and not is_text(value):
        raise refuse(NO_TEXT)
    return value


def boolean(value: bool | None) -> bool | None:
    """Accepts True or False."""
    if type(value) is bool or value is None:
        return value
    raise refuse(f"must be True or False, not {kind(value)}")


def integer(value: int | SupportsIndex | None) -> int | None:
    """Accepts an int that isn't a bool, or what stands for one, such as an IntEnum's member or NumPy's integers."""
    if type(value) is int or value is None:
        return value
    if not isinstance(value, bool):
        try:
            return int(operator.index(value))
        except TypeError:
            pass
    remedy = ": write int(…)" if isinstance(value, (str, float)) else ""
    raise refuse(f"must be an int, not {kind(value)}{remedy}")


def number(value: float | None) -> float | None:
    """Accepts an int or a float that JSON has, and no bool."""
    if value is None:
        return value
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise refuse(f"must be a number, not {kind(value)}")
    if isinstance(value, float) and not math.isfinite(value):
        raise refuse(f"must be a finite number, not {value}")
    return value


def numbers(value: Mapping[str, float] | None) -> Mapping[str, float] | None:
    """Accepts a mapping of strings to numbers."""
    if value is None:
        return value
    _refuse_any(_entry_problems(value, _number_problems))
    return FrozenDict({_plain(name): item for name, item in value.items()})


def required_string(value: str) -> str:
    """Accepts a string that is text, where None isn't the same as leaving it out."""
    return cast("str", string(value))


def required_integer(value: int) -> int:
    """Accepts an int, likewise."""
    return cast("int", integer(value))


def delivery_status_word(value: DeliveryStatus | str) -> DeliveryStatus:
    """Accepts a member or any word, since AWS may add some."""
    return cast("DeliveryStatus", word_of(value, DeliveryStatus))


E = TypeVar("E", Action, ChannelType, MessageType, DeliveryStatus)


def word_of(value: E | str | None, words: type[E]) -> E | None:
    """Accepts a member of an enum, or its word."""
    if isinstance(value, words) or value is None:
        return value
    if not isinstance(value, str):
        raise refuse(f"must be {words.__name__} or a string, not {kind(value)}")
    try:
        return words(value)
    except ValueError:
        raise refuse(f"{value!r} isn't a value; {suggest(value, words.__members__)}") from None


def one_of(value: T, words: tuple[str, ...]) -> T:
    """Accepts one of the given strings."""
    if value is None:
        return value
    if not isinstance(value, str):
        raise refuse(f"must be a string, not {kind(value)}{as_string(value)}")
    if value not in words:
        raise refuse(f"{value!r} isn't a value; {suggest(value, words)}")
    return _plain(value)


def string_map(value: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Accepts a mapping of strings to strings."""
    if value is None:
        return value
    accepted = text_keys(map_of(value, str))
    _refuse_any((f"[{name!r}]", NO_TEXT) for name, item in accepted.items() if not is_text(item))
    return accepted


def text_keys(value: Mapping[str, T]) -> Mapping[str, T]:
    """Accepts a mapping whose keys are text."""
    _refuse_any((f"[{key!r}]", NO_TEXT) for key in value if not is_text(key))
    return value


def string_lists(value: Substitutions | None) -> Mapping[str, tuple[str, ...]] | None:
    """Accepts a mapping of strings to lists of strings."""
    if value is None:
        return value
    if not isinstance(value, Mapping):
        raise refuse(f"must be a mapping, not {kind(value)}{as_mapping_of_lists(value)}")
    _refuse_any(_entry_problems(value, _string_list_problems))
    return FrozenDict({_plain(name): tuple(map(_plain, values)) for name, values in value.items()})


Problems: TypeAlias = Iterable[tuple[str, str]]
"""Pairs of a path below a value, and what is wrong there."""


def _refuse_any(problems: Problems) -> None:
    found = list(problems)
    if found:
        raise InvalidValue(*found)


def _entry_problems(value: object, item_problems: Callable[[object, object], Problems]) -> Problems:
    """The problems of a value as a mapping with strings for keys, and those of its items."""
    yield from key_problems(value)
    for key, item in value.items() if isinstance(value, Mapping) else ():
        for below, problem in item_problems(key, item):
            yield f"[{shown(key)}]{below}", problem


def key_problems(value: object) -> Problems:
    """The problems of a value as a mapping with strings for keys."""
    if not isinstance(value, Mapping):
        return [("", f"must be a mapping, not {kind(value)}")]
    wrong = [key for key in value if not isinstance(key, str)]
    return [(f"[{shown(key)}]", f"a key must be a string, not {kind(key)}{as_string(key)}") for key in wrong]


def _number_problems(name: object, value: object) -> Problems:
    if isinstance(name, str) and not is_text(name):
        return [("", NO_TEXT)]
    if value is None:
        return [("", "must be a number, not None")]
    try:
        number(cast("float", value))
    except InvalidValue as refusal:
        return refusal.problems
    return []


def _string_list_problems(name: object, value: object) -> Problems:
    if isinstance(value, str):
        written = name if isinstance(name, str) else "name"
        return [("", f'must be a list of strings, not a string: write {{"{written}": ["…"]}}')]
    if not isinstance(value, (list, tuple)):
        return [("", f"must be a list of strings, not {kind(value)}{as_variable(value, 'write [', ']')}")]
    if isinstance(name, str) and not is_text(name):
        return [("", NO_TEXT)]
    return [
        (f"[{index}]", NO_TEXT if isinstance(item, str) else f"must be a string, not {kind(item)}{as_variable(item, 'write ')}")
        for index, item in enumerate(value)
        if not isinstance(item, str) or not is_text(item)
    ]


def strings(value: list[str] | tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Accepts a list of strings."""
    if value is None:
        return value
    accepted = tuple_of(value, str)
    _refuse_any((f"[{index}]", NO_TEXT) for index, item in enumerate(accepted) if not is_text(item))
    return accepted


def instance_of(value: T, cls: type[T]) -> T:
    """Accepts an object of a class."""
    if isinstance(value, cls) or value is None:
        return value
    raise refuse(_must_be(cls, value))


def tuple_of(value: list[T] | tuple[T, ...], cls: type[T]) -> tuple[T, ...]:
    """Accepts a list of objects of a class."""
    if not isinstance(value, (list, tuple)):
        raise refuse(f"must be a list, not {kind(value)}{as_list(value, cls)}")
    _refuse_any((f"[{index}]", _must_be(cls, item)) for index, item in enumerate(value) if not isinstance(item, cls))
    return tuple(map(_plain, value))


def map_of(value: Mapping[str, T], cls: type[T]) -> Mapping[str, T]:
    """Accepts a mapping of strings to objects of a class."""
    if value is None:
        return value
    if isinstance(value, Mapping):
        for key, item in value.items():
            if type(key) is not str or type(item) is not cls:
                break
        else:
            return FrozenDict(value)
    _refuse_any(_entry_problems(value, lambda _, item: [] if isinstance(item, cls) else [("", _must_be(cls, item))]))
    return FrozenDict({_plain(key): _plain(item) for key, item in value.items()})


def _plain(value: T) -> T:
    """The value itself; of a subclass of str, such as an enum's, the string."""
    return cast("T", any_string(value)) if isinstance(value, str) else value


def _must_be(cls: type[object], value: object) -> str:
    if cls is str:
        return f"must be a string, not {kind(value)}{as_string(value)}"
    return f"must be {cls.__name__}, not {kind(value)}{as_object(cls, value)}"
