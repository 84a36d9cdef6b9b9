"""What the classes say of a fault, in the words of who writes a file, not Python."""

from __future__ import annotations

import re
from collections.abc import Callable

from pinpoint_users._shapes.converters import kind

_KINDS = {
    "str": "text",
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "keys",
    "None": "nothing",
}
_WORDS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r": write str\(…\)$", ": put it in quotes"),
        (r': write (?:\[)?str\(value\)(?:\])?, such as "5" for 5$', ': put it in quotes, such as "5"'),
        (r": write int\(…\)$", ": write the number without quotes"),
        (r"must be True or False", "must be true or false"),
        (r"a string: write \{(\"[^\"]*\"): \[\"…\"\]\}$", 'a string: write it in brackets, ["…"]'),
        (r": write \[value\]$", ": write it in brackets"),
        (
            r": hand in a mapping, and the JSON is written for you",
            ": write it as a table of keys, and the JSON is written for you",
        ),
        (r"must be a mapping in AWS's shape of (\w+), not (\w+)(?:: .*)?", r"must have keys, those of \1, not \2"),
        (r"must be a mapping, not", "must have keys with values, not"),
        (r"\bnot (str|int|float|bool|list|dict)\b", lambda found: f"not {_KINDS[found[1]]}"),
        (r"a channel's message has the text: .*", "a channel's message has the text: sms_message with its body"),
        (r"write simple_email=SimpleEmail\(.*\)", "simple_email has it"),
        (r"\w+\.from_dict\(…\) reads .*", "write message_configuration, beside context and trace_id, without users"),
    )
)


def in_file_words(problem: str) -> str:
    """What is wrong, in the words of who writes a file, not Python."""
    for pattern, instead in _WORDS:
        problem = pattern.sub(instead, problem)
    return problem


def kind_in_file(value: object) -> str:
    """What a value is, likewise."""
    return _KINDS.get(kind(value), kind(value))
