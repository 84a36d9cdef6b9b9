"""Message variables in a text: `{{name}}` is filled from substitutions, `{{User.…}}` from the endpoint's attributes."""

from __future__ import annotations

import re

_PLACEHOLDER = re.compile(r"\{\{\{?([^{}]*)\}?\}\}")
_NAME = re.compile(r"[^\s.#/^>!&@(){}\"'|=]+")
_BLOCK_WORDS = frozenset({"else", "this"})


def literal(text: str) -> str:
    """The text without its variables, which is the least that is left of it once they are filled."""
    return _PLACEHOLDER.sub("", text)


def variable_names(text: str) -> set[str]:
    """The names that the text takes from substitutions.

    Dotted names are attributes of the endpoint or the user, and helpers (`{{#if …}}`) are expressions of the template language;
    neither is looked up among the substitutions alone, so neither is here.

    >>> sorted(variable_names("Hi {{ name }}, {{code}} {{User.UserAttributes.Name}} {{#if vip}}!{{/if}}"))
    ['code', 'name']
    """
    found = (match.strip() for match in _PLACEHOLDER.findall(text))
    return {name for name in found if _NAME.fullmatch(name) and name not in _BLOCK_WORDS}
