"""The service's limits, as attrs validators; each refuses with the limit and the value's size.

A text is measured without its `{{variables}}`, whose values may be shorter than their names: only what is sure to be too large
is refused here.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from pinpoint_users._shapes.converters import InvalidValue, refuse
from pinpoint_users._shapes.gsm import GSM_CHARACTERS, septets
from pinpoint_users._shapes.placeholders import literal
from pinpoint_users.enums import Action
from pinpoint_users.errors import Fault

Validator: TypeAlias = Callable[[Any, Any, Any], None]

MAX_USERS = 100
"""Users in one `SendUsersMessages` request, and recipients in one `SendMessages` request."""
MAX_PAYLOAD = 7_000_000
"""Bytes of one request, and of its answer."""
MAX_HEADERS = 15
MAX_HEADER_NAME = 126
MAX_HEADER_VALUE = 870
MAX_COLLAPSE_ID = 64
MAX_PUSH = 4_096
MAX_VOIP = 5_120
MAX_ADM = 6_144
MAX_SMS_GSM = 1_600
MAX_SMS_OTHER = 630
MAX_VOICE_SPOKEN = 3_000
MAX_VOICE_SSML = 6_000
MAX_BAIDU_SECONDS = 604_800
MAX_GCM_SECONDS = 2_419_200
MAX_INTEGER = 2_147_483_647
"""The largest value of the model's `__integer`, which is 32 bits wide."""


_KEYWORDS: dict[Validator, Mapping[str, Any]] = {}


def keywords_of(validator: Any) -> Mapping[str, Any]:
    """The keywords of JSON Schema that tell a validator's limit, as far as there are any."""
    return _KEYWORDS.get(validator, {})


def limit(check: Callable[[Any], str | None], **keywords: Any) -> Validator:
    """Makes a validator of a function that returns the problem, or None.

    Args:
        check: The function.
        keywords: What JSON Schema calls the limit.
    """

    def validate(_instance: object, _attribute: object, value: Any) -> None:
        if value is not None:
            problem = check(value)
            if problem:
                raise refuse(problem)

    _KEYWORDS[validate] = keywords
    return validate


def all_of(*validators: Validator) -> Validator:
    """Makes one validator of several, which names what each of them refuses."""

    def validate(instance: object, attribute: object, value: Any) -> None:
        problems: list[tuple[str, str]] = []
        for validator in validators:
            try:
                validator(instance, attribute, value)
            except InvalidValue as refusal:  # noqa: PERF203 - to collect the problems of all
                problems += refusal.problems
        if problems:
            raise InvalidValue(*problems)

    return validate


def at_most_bytes(most: int) -> Validator:
    """Limits the UTF-8 bytes of a text, variables aside."""

    def check(value: str) -> str | None:
        size = byte_count(value)
        return f"{size:,} bytes, at most {most:,} are allowed" if size > most else None

    return limit(check)


def at_most_items(most: int) -> Validator:
    """Limits the items of a list or mapping."""

    def check(value: tuple[object, ...] | Mapping[str, object]) -> str | None:
        return f"{len(value):,} items, at most {most:,} are allowed" if len(value) > most else None

    return limit(check, maxItems=most)


def seconds_between(least: int, most: int) -> Validator:
    """Limits a number of seconds."""

    def check(value: int) -> str | None:
        if least <= value <= most:
            return None
        size = f"{value:,} s" if value.bit_length() <= 64 else f"a number of {value.bit_length():,} bits"
        return f"{size}, from {least:,} to {most:,} are allowed"

    return limit(check, minimum=least, maximum=most)


@limit
def integer_of_32_bits(value: int) -> str | None:
    """The model's `__integer`."""
    return None if -MAX_INTEGER - 1 <= value <= MAX_INTEGER else f"must be an int of 32 bits, at most {MAX_INTEGER:,}"


@limit
def whole_seconds(value: str) -> str | None:
    """A string that holds a whole number of seconds, or a variable."""
    is_right = (value.isascii() and value.isdigit()) or literal(value) != value
    return None if is_right else 'must be a whole number of seconds as a string, such as "3600"'


@limit
def md5_in_base64(value: str) -> str | None:
    """A base64-encoded MD5 checksum, or a variable."""
    if literal(value) != value:
        return None
    try:
        size = len(base64.b64decode(value, validate=True))
    except (binascii.Error, ValueError):
        return "must be an MD5 checksum in base64"
    return None if size == 16 else f"must be an MD5 checksum in base64, 16 bytes, not {size:,}"


def one_line_problem(value: str) -> str | None:
    """The problem with a text that has line breaks, which would let it add headers of its own; or None."""
    return "has a line break, none is allowed" if "\r" in value or "\n" in value else None


one_line = limit(one_line_problem)
"""A text without line breaks."""


@limit
def lines_apart(values: tuple[str, ...]) -> str | None:
    """Texts without line breaks."""
    broken = [str(index) for index, value in enumerate(values) if one_line_problem(value)]
    return f"has a line break at {', '.join(broken)}, none is allowed" if broken else None


@limit
def _short_name(value: str) -> str | None:
    right = 1 <= len(value) <= MAX_HEADER_NAME
    return None if right else f"{len(value):,} characters, from 1 to {MAX_HEADER_NAME} are allowed"


@limit
def _name_characters(value: str) -> str | None:
    odd = [character for character in value if not "!" <= character <= "~" or character == ":"]
    if not odd:
        return None
    return one_line_problem(value) or f"has {odd[0]!r}, which a header's name can't have"


header_name = all_of(_short_name, _name_characters)
"""A header's name: 1 to 126 printable ASCII characters without blanks and colons (RFC 5322, 2.2)."""


@limit
def _short_header(value: str) -> str | None:
    size = len(literal(value))
    return f"{size:,} characters, at most {MAX_HEADER_VALUE} are allowed" if size > MAX_HEADER_VALUE else None


header_value = all_of(one_line, _short_header)
"""A header's value: at most 870 characters as rendered, no line breaks."""


@limit
def sms_body(value: str) -> str | None:
    """At most 1,600 septets of GSM-7 (some characters take two), or 630 characters if one is outside GSM-7."""
    return sms_problem(literal(value))


def sms_problem(text: str) -> str | None:
    """The problem with the text of an SMS that is too long, variables filled; or None."""
    size = septets(text)
    if size is not None:
        return f"{size:,} GSM-7 characters, at most {MAX_SMS_GSM:,} are allowed" if size > MAX_SMS_GSM else None
    if len(text) <= MAX_SMS_OTHER:
        return None
    odd = min(set(text) - GSM_CHARACTERS)
    return f"{len(text):,} characters, at most {MAX_SMS_OTHER} are allowed where one, here {odd!r}, is outside GSM-7"


@limit
def voice_body(value: str) -> str | None:
    """At most 3,000 spoken characters, or 6,000 with SSML's tags; in SSML, a run of blanks counts as one."""
    return spoken_problem(literal(value))


def spoken_problem(text: str) -> str | None:
    """The problem with a text to read out that is too long, variables filled; or None."""
    if is_ssml(text):
        if len(text) > MAX_VOICE_SSML:
            return f"{len(text):,} characters with SSML, at most {MAX_VOICE_SSML:,} are allowed"
        import html  # noqa: PLC0415 - only SSML needs it

        text = re.sub(r"\s+", " ", html.unescape(_without_tags(_COMMENT.sub("", text))))
    return (
        f"{len(text):,} spoken characters, at most {MAX_VOICE_SPOKEN:,} are allowed" if len(text) > MAX_VOICE_SPOKEN else None
    )


def is_ssml(text: str) -> bool:
    """Whether a text to read out is SSML."""
    return _SSML.match(text) is not None


_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_SSML = re.compile(
    r"(?:\ufeff|\s|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>|<!DOCTYPE[^>]*>)*<(?:\w+:)?speak\b", re.DOTALL | re.IGNORECASE
)


def _without_tags(text: str) -> str:
    return "".join(part.rpartition(">")[2] for part in text.split("<"))


def byte_count(text: str) -> int:
    """The UTF-8 bytes of a text, variables aside."""
    return len(literal(text).encode("utf-8", "surrogatepass"))


def payload_faults(message: Any, most: int) -> Iterator[Fault]:
    """The fault of a notification whose texts alone are over the payload's limit, at the largest of them.

    Raw content stands for all of them, and has its own limit.
    """
    if getattr(message, "raw_content", None) is not None:
        return
    sizes = {name: byte_count(getattr(message, name) or "") for name in ("body", "title", "url")}
    sizes["data"] = sum(byte_count(name) + byte_count(value) for name, value in (message.data or {}).items())
    size = sum(sizes.values())
    if size > most:
        largest = max(sizes, key=lambda name: sizes[name])
        yield Fault(largest, f"the texts of the payload are {size:,} bytes together, at most {most:,} are allowed")


def advice_on_action(message: Any) -> Iterator[str]:
    """What to tell of a notification whose tap has nowhere to go, unless raw content stands for its members."""
    if message.action in {Action.URL, Action.DEEP_LINK} and not message.url and getattr(message, "raw_content", None) is None:
        yield f"action: {message.action} has nowhere to go without a url: give it one, or leave action out"
