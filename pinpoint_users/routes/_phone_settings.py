"""What the settings of SMS and voice version 2 accept, besides what all ways out do."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import cast

from pinpoint_users._shapes.converters import boolean, kind, refuse, string
from pinpoint_users._shapes.limits import limit, seconds_between

_LONGEST_NAME = 256
_LONGEST_PARAMETER = 64
_PRICE = re.compile(r"[0-9]{0,2}\.[0-9]{1,5}")


def flag(value: bool) -> bool:
    """Accepts True or False, where None isn't the same as leaving it out."""
    return cast("bool", boolean(value))


def price(value: str | None) -> str | None:
    """Accepts a price in US dollars, as AWS writes it."""
    if value is not None and not isinstance(value, str):
        raise refuse(f'must be a string of US dollars such as "0.05", not {kind(value)}')
    if value is not None and not _PRICE.fullmatch(value):
        raise refuse(f'{value!r} isn\'t a price: at most two digits, a point and one to five digits, such as "0.05"')
    return string(value)


def matching(pattern: str, words: str) -> Callable[[str | None], str | None]:
    """Makes a function that tells the problem with a text of at most 256 characters, if it doesn't match AWS's pattern."""
    fits: Callable[[str], object] = re.compile(pattern).fullmatch

    def problem(value: str | None) -> str | None:
        if value is None:
            return None
        if not 1 <= len(value) <= _LONGEST_NAME:
            return f"{len(value):,} characters, from 1 to {_LONGEST_NAME} are allowed"
        return None if fits(value) else f"{value!r} isn't made of {words}"

    return problem


identity_problem = matching(r"[A-Za-z0-9_:/+-]+", "letters, digits, _ : / + and -")
"""The problem with what a message is sent from: a number, a sender ID, a pool, or the ID or ARN of one."""
voice_problem = matching(r"[A-Za-z]+", "letters")
"""The problem with a voice of Amazon Polly's."""
identity = limit(identity_problem)
voice = limit(voice_problem)
resource_name = limit(matching(r"[A-Za-z0-9_:/-]+", "letters, digits, _ : / and -"))
"""A configuration set's name or ARN, or a protect configuration's ID or ARN."""
lifetime = seconds_between(5, 259_200)


def country_parameter_problem(value: str) -> str | None:
    """What is wrong with a value that a country wants; or None."""
    if not 1 <= len(value) <= _LONGEST_PARAMETER:
        return f"{len(value):,} characters, from 1 to {_LONGEST_PARAMETER} are allowed"
    return "has blanks, none are allowed" if any(map(str.isspace, value)) else None
