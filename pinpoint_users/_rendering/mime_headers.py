"""Headers of a MIME message with variables in them: read where they are encoded, filled, and encoded again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from pinpoint_users._rendering.filling import Filler
from pinpoint_users._rendering.header_addresses import addresses
from pinpoint_users._rendering.header_links import identity, links
from pinpoint_users._rendering.header_parameters import parameters
from pinpoint_users._rendering.header_words import (
    LINE_BREAK,
    STRING,
    HeaderError,
    apart,
    has_controls,
    in_words,
    is_readable,
    opened_words,
    quoted,
    together,
    unquoted,
)
from pinpoint_users._shapes.placeholders import Output

_FIELD = re.compile(r"^(?P<name>[!-9;-~]+)[ \t]*:[ \t]*(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_OF_ADDRESSES = re.compile(
    r"(?i)(resent-)?(from|sender|to|cc|bcc|reply-to)|return-receipt-to|disposition-notification-to|errors-to"
    r"|mail-(reply|followup)-to|apparently-to|return-path"
)
_OF_LINKS = re.compile(r"(?i)list-(help|unsubscribe|subscribe|post|owner|archive)|message-id|references|in-reply-to|content-id")
_OF_A_LIST = re.compile(r"(?i)list-id")
_OF_PARAMETERS = re.compile(r"(?i)content-(type|disposition)")
_STRING = re.compile(STRING, re.DOTALL)
_TAG = re.compile(r"(\{\{.*?\}\}+)", re.DOTALL)
_QUOTED_TAG = re.compile(r"(?i)%7B%7B.*?(?:%7D){2,}")
_SECTION = re.compile(rf";\s*(?P<name>[\w-]+)\*(?P<number>\d+)(?P<is_extended>\*?)\s*=\s*(?P<value>{STRING}|[^;]*)")
_QUOTE, _UTF_8 = "'", "utf-8''"
_LONG_LINE = re.compile(r"[^\n]{999}")


class InAnyHeaders(Filler):
    """Fills headers, in which values are apart from what is around them."""

    __slots__ = ()

    def _output(self, output: Output, scope: Mapping[str, Any], *, is_html: bool) -> str:
        return apart(super()._output(output, scope, is_html=is_html))


class InHeaders(InAnyHeaders):
    """The same, and refuses a value with a line break."""

    __slots__ = ()

    def _output(self, output: Output, scope: Mapping[str, Any], *, is_html: bool) -> str:
        text = super()._output(output, scope, is_html=is_html)
        if not set("\r\n").isdisjoint(together(text)):
            raise HeaderError(LINE_BREAK)
        return text


def opened(before: str) -> str:
    """Headers in which what has a variable isn't encoded any more."""

    def anew(found: re.Match[str]) -> str:
        name, value = found["name"], _FOLD.sub("", found["value"])
        if _OF_PARAMETERS.fullmatch(name):
            again = _with_open_strings(_QUOTED_TAG.sub(_unquoted_tag, _in_one_section(value)))
        elif _OF_ADDRESSES.fullmatch(name):
            again = _with_open_strings(value)
        else:
            again = opened_words(value)
        return f"{name}: {again}" if again != value and "{{" in again else found[0]

    return _FIELD.sub(anew, before) if "=?" in before or "%7b%7b" in before.lower() or "*0" in before else before


def _unquoted_tag(found: re.Match[str]) -> str:
    tag = unquote(found[0])
    return found[0] if has_controls(tag) else tag


def _in_one_section(value: str) -> str:
    """Parameters that RFC 2231 has in several sections, in one if there is a variable in them."""
    sections: dict[str, list[tuple[int, str]]] = {}
    for found in _SECTION.finditer(value):
        text = found["value"].strip()
        if not found["is_extended"]:
            text = quote(unquoted(text) if text.startswith('"') else text, safe="")
        sections.setdefault(found["name"], []).append((int(found["number"]), text))
    whole = {name: "".join(text for _, text in sorted(texts)) for name, texts in sections.items()}
    with_tags = {name: text for name, text in whole.items() if _QUOTED_TAG.search(text)}
    others = _SECTION.sub(lambda found: "" if found["name"] in with_tags else found[0], value)
    return others + "".join(
        f"; {name}*={text if text.count(_QUOTE) > 1 else _UTF_8 + text}" for name, text in with_tags.items()
    )


def _with_open_strings(value: str) -> str:
    """Encoded words that have a variable as quoted strings, which nothing in them ends."""
    parts, at = [], 0
    for string in _STRING.finditer(value):
        inner = opened_words(unquoted(string[0]))
        parts += [_opened(value[at : string.start()]), _quoted(inner) if "=?" in string[0] and "{{" in inner else string[0]]
        at = string.end()
    return "".join([*parts, _opened(value[at:])])


def _opened(text: str) -> str:
    return opened_words(text, lambda said, words: _quoted(said) if "{{" in said else words)


def _quoted(text: str) -> str:
    """A text with tags as a quoted string: the tags stay as they are."""
    return '"' + "".join(part if _TAG.fullmatch(part) else quoted(part)[1:-1] for part in _TAG.split(text)) + '"'


def written(filled: str, line: str, *, refuses: bool) -> str:
    """Headers that are filled, with values that are read as they are where the variables stood, in ASCII.

    Args:
        filled: The headers, values apart.
        line: How lines end.
        refuses: Whether a value that can't stand where it is in a header is an error. Otherwise that header is left as it is.

    Raises:
        HeaderError: One can't.
    """

    def anew(found: re.Match[str]) -> str:
        if found[0].isascii():
            return found[0]
        try:
            return f"{found['name']}: {_value(found, line)}"
        except HeaderError:
            if refuses:
                raise
        except UnicodeEncodeError:
            pass  # it has bytes that aren't UTF-8
        return together(found[0])

    return together(_FIELD.sub(anew, filled))


def _value(found: re.Match[str], line: str) -> str:
    name, folded = found["name"], found["value"]
    value = _FOLD.sub("", folded).lstrip(" \t")
    for kind, write in ((_OF_PARAMETERS, parameters), (_OF_ADDRESSES, addresses), (_OF_A_LIST, identity)):
        if kind.fullmatch(name):
            return write(value, line)
    folded = links(folded, line) if _OF_LINKS.fullmatch(name) else together(folded)
    text = _FOLD.sub("", folded).lstrip(" \t")
    is_short = _LONG_LINE.search(f"{name}: {folded}") is None
    return folded if is_short and is_readable(text) else in_words(text, line)
