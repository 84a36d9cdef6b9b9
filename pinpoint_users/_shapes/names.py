"""AWS's names of fields, and the paths of faults."""

from __future__ import annotations

import ast
import functools
import re

UNKNOWN_MEMBERS = "unknown_members"
"""The field in which an answer's class keeps members that AWS's model doesn't have."""

_ACRONYMS = {"adm": "ADM", "apns": "APNS", "gcm": "GCM", "md5": "MD5", "sms": "SMS"}


@functools.cache
def member_name(field_name: str) -> str:
    """AWS's name of a field.

    >>> member_name("apns_push_type"), member_name("url")
    ('APNSPushType', 'Url')
    """
    return "".join(_ACRONYMS.get(word) or word.capitalize() for word in field_name.split("_"))


def join_path(prefix: str, path: str) -> str:
    """A path below another one."""
    return f"{prefix}{path}" if not prefix or not path or path.startswith("[") else f"{prefix}.{path}"


def split_path(path: str) -> tuple[str, str]:
    """A path's first name, and what is below it.

    >>> split_path("substitutions['code'][0]"), split_path("body")
    (('substitutions', "['code'][0]"), ('body', ''))
    """
    end = min((at for at in (path.find("."), path.find("[")) if at >= 0), default=len(path))
    return path[:end], path[end:]


_STEP = re.compile(
    r"""
    \.?(?P<name>[^.\[]+)
    | \[(?P<index>\d+)\]
    | \[(?P<key>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]
    | \[(?P<odd>.*?)\]
    """,
    re.VERBOSE,
)


def path_steps(path: str) -> tuple[str | int, ...]:
    """A path's names, keys and indices.

    >>> path_steps("SMSMessage.Substitutions['a.b'][0]")
    ('SMSMessage', 'Substitutions', 'a.b', 0)
    """
    steps: list[str | int] = []
    for match in _STEP.finditer(path):
        name, index, key, odd = match.group("name", "index", "key", "odd")
        steps.append(int(index) if index else ast.literal_eval(key) if key else name or odd)
    return tuple(steps)
